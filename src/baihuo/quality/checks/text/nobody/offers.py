"""Advertisements that a program put where a review or a search belongs."""

from __future__ import annotations

from baihuo.quality.checks.text.nobody.rule import Rule, all_of, matches

_CONTACT = (
    r"https?://|www\.|\b[a-z0-9-]{2,}\.(?:com|cn|net|org|top|xyz|vip|info|shop|site|club|online|ru|cc|io|me|example)\b|⟨(?:messenger|phone|email)|关注.{0,10}公众号|微信群|加微|加我|加v|薇信|qq群|q群|"
    r"扫码(?:关注|加|领)|点击(?:链接|领取|下方)|私信我|私聊我|加群|进群|telegram|whatsapp|t\.me|click (?:here|this|the link)|(?:tg|telegram|vx|v信|薇信|qq|扣扣|纸飞机|电报)(?: ?[号:：@])+ ?[a-z0-9_]{4,}|dm me|link in (?:bio|my)|contact me|visit (?:my|our)"
)
_LURE = (
    r"红包|返现|返利|返佣|注册就?送|首充|提款|提现|秒到账|彩金|博彩|赌|娱乐城|娱乐场|棋牌|六合彩|时时彩|下注|百家乐|葡京|威尼斯人|兼职|刷单|日赚|日入|日结|月入|躺赚|赚钱|贷款|借款|套现|代开发票|办证|刻章|假证|套现|网贷|外挂|私服|领券|内部券|招募代理|"
    r"免费领|免费送|免单|加盟|减肥|丰胸|壮阳|约炮|裸聊|色情|情色|成人|包夜|粉丝|涨粉|代刷|股票|荐股|炒股|币圈|比特币|投资|理财|高仿|a货|原单|"
    r"casino|poker|betting|\bbet\b|jackpot|slots?\b|viagra|cialis|porn|\bsexy?\b|escort|hookup|dating|bitcoin|crypto|forex|invest|earn (?:up to )?[$€£]|[$€£] ?\d[\d,]* ?(?:a|per|/) ?(?:day|week|month|hour)|"
    r"make money|work from home|from home|passive income|loan|payday|followers|likes and|subscribers|\d+ ?% (?:off|discount)|discount code|promo(?:tion)? code|coupon|free (?:gift|trial|shipping|iphone|money)|giveaway|"
    r"weight loss|lose weight|seo\b|backlinks?|replica|cheap(?:est)? |buy now|limited (?:time|offer)|act now|subscribe|sign up|refund of|cash ?back|gift card"
)
_SOLD_ALONE = (
    r"新葡京(?:娱乐|赌场|棋牌|官网|集团)|威尼斯人娱乐|注册(?:就|即)送|百万提款|首充.{0,4}送|送彩金|六合彩|时时彩|百家乐|(?:招|兼职|诚招).{0,6}刷单|日赚\d|日入\d{3}|代开.{0,4}发票|裸聊|"
    r"earn \$\d+ (?:a|per)|buy followers|online casino|get rich|payday loan|"
    r"(?:加|➕|\+) ?(?:我)?(?:微信|薇信|vx|v信|qq).{0,30}(?:领|优惠|返|赚|低价)"
)
_LONGEST_OFFER = 200  # letters; who complains of an offer says more
_is_offer = all_of(_CONTACT, _LURE)

WITH_CONTACT = Rule(
    "an advertisement",
    _CONTACT,
    lambda text: len(text) <= _LONGEST_OFFER and _is_offer(text),
    sees_masked=True,
)
"""Somewhere to go, with what waits there: also in a search, where either alone may be looked for."""
OFFERS = (
    Rule("an advertisement", _SOLD_ALONE, matches(_SOLD_ALONE), sees_masked=True),
    WITH_CONTACT,
)
"""Also words that nobody but a seller of such things writes in a review."""
