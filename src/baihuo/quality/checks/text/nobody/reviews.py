"""What stands where a review should, and nobody wrote: the shop's words, a default, an advertisement, a file's name."""

from __future__ import annotations

import re
from dataclasses import replace

from baihuo.quality.checks.text.nobody.machine import (
    ADDRESS,
    CELLS,
    FILE_NAME,
    MACHINE,
    MASH,
    MEDIA,
    REDACTED,
    SCRIPT,
    TIME,
    parts_of,
)
from baihuo.quality.checks.text.nobody.offers import OFFERS
from baihuo.quality.checks.text.nobody.repeated import is_repeated
from baihuo.quality.checks.text.nobody.rule import Rule, matches
from baihuo.quality.checks.text.nobody.testers import TESTERS

_WHO = "(?:此|该|本|这位|这个)?(?:用户|买家|顾客|客户|会员|评价方|评价者|卖家|消费者|亲)?"
_SAID = "(?:评价|评论|内容|文字|文字评价|评价内容|评论内容|点评|留言|反馈)"
_DEFAULT_ZH = (
    rf"^\W*{_WHO}(?:还|暂时|暂|尚)?(?:没有|没|未|并未|忘记)(?:能)?(?:及时|按时|在.{{1,10}}内)?(?:做出|作出|做|填写|填|写下|写|留下|发表|提交|给出|输入|撰写|进行)?"
    rf"(?:任何|有效|具体|文字)*{_SAID}+(?:.{{0,4}}系统[^，,。；;]{{0,12}})?\W*$|"
    r"^\W*(?:.{0,24}(?:未|没有|超时|过期).{0,14})?系统(?:已|将|会)?(?:自动)?(?:默认|自动|生成|代为)(?:给出|给予|为|了)?(?:一个|一条)?(?:五星|5星)?(?:好评|评价|五星|5星)?(?<!默认|自动|生成|代为)\W*$|^\W*(?:系统)?(?:默认|自动)(?:好评|评价|五星好评|5星好评)\W*$|"
    rf"^\W*(?:此|该|本|这)?条?{_SAID}(?:内容)?(?:已|因|由于).{{0,16}}(?:删除|屏蔽|隐藏|折叠|审核|下架|不可见).{{0,6}}$|^\W*{_SAID}(?:正在)?审核中\W*$|"
    r"^\W*(?:暂无|无|没有)(?:文字)?(?:评价|评论)(?:内容)?\W*$"
)
_WORDS_EN = "(?:written |text |any |a |an |additional |further |public )*(?:comments?|reviews?|text|feedback|message|remarks?)(?: text)?"
# between a customer and the comment that there is not: "customer service did not answer" is a visitor's
_LEFT_EN = (
    "(?: (?:has|have|had|did|does|do|chose|decided|preferred|opted|left|leave|leaves|leaving|wrote|write|writing|written|gave|give|given|"
    "provided|provide|providing|added|add|adding|submitted|submit|entered|enter|posted|post|say|said|rated|purchased|bought|reviewed|received|only|"
    "just|to|this|the|a|an|any|his|her|their|it|us|product|item|order|purchase|stars?|rating|score|with|but|and|yet|for|[0-9]+|[0-9]-star))*"
)
_STARS_EN = "(?: ?(?:as|with|at|to|a|an))*(?: ?(?:[1-5]|one|two|three|four|five|full|top|positive|good|default))*(?:[ -]?stars?)?(?: ?(?:rating|review|feedback|comment|score))?"
_DEFAULT_EN = (
    r"^\W*(?:(?:the|this|a) )?(?:customer|user|reviewer|buyer|shopper|client|guest|member|purchaser|author)s?"
    rf"{_LEFT_EN}(?:n't| (?:without|no|not|nothing|only|just))\b{_LEFT_EN} (?:{_WORDS_EN}|rating|anything)\W*$|"
    rf"^\W*(?:there (?:is|was) )?(?:no|without|empty) (?:{_WORDS_EN}|description|content)(?: (?:provided|left|given|available|entered|yet|was left|was provided|text))?(?: by (?:the |this |any )?(?:customer|user|reviewer|buyer|shopper|client|guest|member|purchaser|author|seller)s?)?\W*$|"
    r"^\W*(?:(?:this|the|your) (?:order|purchase|product|item|review|rating|feedback) (?:was|has been|is) )?auto(?:matically)?[- ]?(?:rated|reviewed|scored|evaluated|confirmed|completed|given|generated|submitted)"
    rf"{_STARS_EN}(?: (?:by|from) (?:the |our )?(?:system|platform|shop|store|site|website))?(?: (?:after|within) .{{1,30}})?\W*$|"
    rf"^\W*(?:the |our )?(?:system|platform)(?: has)?(?: automatically)? (?:rated|gave|given|left|generated|submitted|posted|reviewed)(?: (?:this|the|it|your|order|item|product|purchase))*{_STARS_EN}(?: by default| automatically)?\W*$|"
    rf"^\W*{_STARS_EN}(?: (?:was|were))?(?: (?:given|rated|awarded|left|added))? (?:automatically|by default|by the (?:system|platform))(?: by the (?:system|platform))?\W*$|"
    r"^\W*(?:this is an? )?(?:automatic(?:ally)?|auto|default|system)[- ]?(?:generated|created|default)? ?(?:positive |five[- ]star |5[- ]star |good )?(?:review|rating|feedback|comment)\b|"
    r"^\W*(?:this|the) (?:review|comment) (?:has been|was|is) .{0,24}(?:removed|deleted|hidden|moderat|flagged|pending|unavailable|translated).{0,40}$|"
    r"^\W*(?:this|the) (?:content|message) (?:has been|was|is) (?:removed|deleted|moderated|unavailable|no longer available|pending)\b(?: by .{1,30}| moderation)?\W*$|"
    r"^\W*(?:rated|rating)[ :]+[0-5](?:\.\d)?(?: (?:out of|/) ?5)?(?: stars?)?\W*$|^\[(?:deleted|removed)\]$"
)
_ASKED = (
    r"^\W*(?:please )?(?:write|enter|type|leave|add|share|tell us|describe) (?:us )?(?:(?:your|something)\b.{0,16}\b(?:review|comment|feedback|thoughts|experience|opinion)s?(?: (?:here|below|with us|with others))?|(?:your text|something|here)(?: here| below)?)\W*$|"
    r"^\W*what did you (?:like|dislike).{0,40}\?\W*$|^\W*how (?:was|did you like) your .{0,30}\?\W*$|"
    r"^\W*(?:请|快来|欢迎|来)?(?:在此|在这里|您)?(?:写下|填写|输入|说说|分享|留下|描述|谈谈)(?:一下)?(?:您|你)?的?(?:使用|购买|购物|真实)?(?:评价|评论|感受|心得|体验|想法|意见)(?:吧|内容)?(?:哦|呢|啊|[，,、 ]?(?:来|可以|给|帮助?|供|让).{0,10}(?:人|买家|朋友|用户|顾客|参考|选择|我们|大家))?\W*$|"
    r"^\W*(?:宝贝|商品)满足(?:您|你)的期待吗\W*(?:说说[^，,。]{0,24})?\W*$"
)
_SELLER = "(?:宾馆|酒店|饭店|卖家|商家|掌柜|店家|店铺|店主|客服|官方|品牌方?|商户|厂家|平台)"
_ANSWER = (
    rf"{_SELLER}(?:反馈|回复)\s*\d{{4}}\s*[年/.-]|[\[【（(〔「]\s*{_SELLER}(?:的)?(?:回复|回覆|答复|解释|留言|回应|追评)[^\]】）)〕」]{{0,12}}[\]】）)〕」]|{_SELLER}的?(?:回复|回覆|答复|解释|留言|回应)\s*[:：]|"
    r"\b(?:seller|merchant|shop|store|vendor|owner|manufacturer|customer (?:service|support|care)|support team|brand|admin|retailer|business)(?:'s|’s)? "
    r"(?:reply|response|replied|responded|answer|comment)\s*(?:\W?\d[\d/.-]*\W?)?:|\b(?:response|reply|answer) from (?:the |our )?(?:seller|shop|store|owner|merchant|team|support|brand|manufacturer)|"
    r"亲爱的?(?:顾客|客户|买家|用户|亲)|亲[,，~ ～]{0,2}(?:非常)?(?:感谢|谢谢)(?:您|你)?的?(?:好评|支持|惠顾|光临|评价|认可|选择|购买|信任)|(?:感谢|谢谢)您(?:对.{1,10})?的?(?:好评|支持|惠顾|光临|评价|认可|购买|信任|厚爱|选择)|"
    r"(?:期待|欢迎)您(?:的)?(?:再次|下次)?的?(?:光临|惠顾|选购|购买|来)|祝(?:您|亲)(?:购物|生活)愉快|"
    r"(?:感谢|谢谢)亲(?:们|亲)?(?:的|对|一直|长期|选择|购买|支持|光临)|(?:感谢|谢谢)(?:您|亲)的?(?:宝贵|反馈|建议|意见|理解)|给(?:您|亲)们?(?:带来|造成)了?.{0,6}(?:不便|困扰|不好|不愉快|不佳)|"
    r"(?:您|亲)们?的.{0,8}是(?:对)?(?:我们|小店|本店)|联系(?:我们|本店|小店|店铺)的?(?:在线|售后|人工)?客服.{0,6}(?:为您|处理|解决|退|换|补)|(?:本店|小店)(?:会|将|定)?(?:一直|继续|更加|再接再厉)|"
    r"抱歉(?:没有?能?|未能)让(?:您|亲)|^\W*亲亲?[,，~～!！ ].{0,60}(?:本店|小店|为您|给您|随时(?:联系|咨询))|"
    r"\bdear (?:valued |dear |our )?(?:customer|buyer|friend|client|shopper|user)s?\b|\bthank(?:s| you) (?:so much |very much )?for (?:your (?:order|purchase|feedback|review|support|business|patronage)|"
    r"shopping with us|choosing us|choosing our|buying from us|purchasing from us)|\bwe (?:are|'re) (?:very |so |truly )?(?:sorry|glad|happy) (?:to hear|that you|for (?:the|any|your))|"
    r"\bplease (?:contact|email|reach out to) (?:us|our)\b|\blooking forward to (?:your next|serving you|seeing you again)"
)
_ASSISTANT = (
    r"\bas an? (?:ai|artificial intelligence)\b.{0,20}(?:model|assistant)?|\bas a (?:large )?language model|作为(?:一个|一名|一款)?(?:ai|人工智能|大?语言模型)|"
    r"^\W*(?:sure|certainly|of course|absolutely)[!,.]? (?:here|i)|^\W*here(?:'s| is| are) (?:a|an|the|your|some|one) .{0,60}(?:review|comment|feedback)|"
    r"^\W*(?:当然|好的|没问题)?[,，！! ]*(?:以下|下面)(?:是|为).{0,30}(?:评价|评论|好评|文案)|\b(?:let me know if you|feel free to (?:adjust|modify|ask))|i (?:cannot|can't|am unable to) (?:write|generate|provide)|"
    r"ignore (?:all )?(?:the )?(?:previous|prior|above) (?:instructions|prompts?)|忽略(?:之前|以上|前面|上述)的?(?:所有|全部)?(?:指令|提示|要求)"
)
_MAIL = (
    r"\bsent from (?:my|mail for|outlook)\b|发自我的|来自.{0,10}客户端$|\bget outlook for\b|\bout of (?:the )?office\b.{0,60}|\bauto(?:matic)?[- ]?(?:reply|response)\b|^\W*自动回复|"
    r"\bto unsubscribe,|\bunsubscribe here|unsubscribe from this|退订(?:回|请|发)|回(?:复)?t?d?退订|^(?:re|fw|fwd|subject|from|to|回复|转发|主题|发件人) ?: |^-{2,} ?(?:original|forwarded) message|"
    r"\bthis (?:e-?mail|message) (?:and any|is confidential|may contain)|^>+ |\bon .{6,40} wrote:"
)
_DUMMY = (
    r"lorem ipsum|dolor sit amet|^\W*(?:this is )?(?:just )?(?:a )?test(?:ing)?(?: (?:review|comment|text|message|data))?[ _-]?\d{0,4}\W*$|"
    r"^\W*(?:这是)?(?:一[条个])?测试(?:的)?(?:评价|评论|数据|内容|文字|一下)?\d{0,4}\W*$|^\W*(?:foo|bar|baz|foobar|sample|example) ?(?:review|text|comment)?\W*$"
)
_MOST_AROUND = 60  # letters beside an address that the text is there for


def _is_about_address(text: str) -> bool:
    rest = _ADDRESS.sub("", text)
    return len(rest) < len(text) and len(rest) <= _MOST_AROUND


_LOOKS_SHARED = (
    r"[宾馆酒店饭家柜铺主服方牌户台](?:的)?(?:反馈|回复|回覆|答复|解释|留言|回应|追评)|亲[亲爱,，~ ～非感谢!！]|[谢迎待祝][您亲]|给[您亲]|[您亲]们?的.{0,8}是|联系[我本小店]|[本小]店.?[一继更再]|让[您亲]|dear |thank.{0,14} for|"
    r"(?:reply|response|replied|responded|answer|comment)[^a-z]{0,14}:|(?:reply|response|answer) from|we(?: are|'re) |contact|email us|reach out|looking forward"
)

_NAME = re.compile(r"[!-~]+\.[A-Za-z0-9]{2,5}\W{0,2}|mmexport\d\S*")
_OF_CAMERA = re.compile(
    r"(?:img|image|dsc|dcim|pxl|vid|video|photo|pic|picture|screen ?shot|scan|whatsapp|wechat|copy|of|at|am|pm|untitled|(?:微信|qq)?(?:图片|截图|照片|视频)|"
    r"屏幕(?:截图|快照)|未命名|副本|上午|下午|[\W\d_])+\.[a-z0-9]{2,5}\W{0,2}",
    re.IGNORECASE,
)


def _is_file_alone(text: str) -> bool:
    """Whether nothing of the text is words beside the names: "they sent a manual.pdf" is a visitor's."""
    if not FILE_NAME.is_so(text):
        return False
    are_names = all(_NAME.fullmatch(part) for part in parts_of(text))
    return are_names or _OF_CAMERA.fullmatch(text.strip()) is not None


_ADDRESS = re.compile(
    r"https?://(?=\S[^\s.]{0,255}\.\S)\S+|www\.(?=\S[^\s/]{0,255}/\S)\S+", re.IGNORECASE
)
_is_default = matches(f"{_DEFAULT_ZH}|{_DEFAULT_EN}")
_is_asked = matches(_ASKED)

REVIEW_RULES: tuple[Rule, ...] = (
    Rule(
        "what the shop writes where nobody wrote",
        r"automatically|by default|by the (?:system|platform)|^\W*(?:the |our )?(?:system|platform) |系统.{0,4}(?:默认|自动|生成|代为)|^\W*(?:系统|默认|自动|[此该本]|这位|这个|这?条|用户|买家|顾客|客户|会员|评价|评论|消费者|卖家|[还暂尚没未并忘无])|^\W*(?:(?:the|this|a) )?(?:customer|user|reviewer|buyer|shopper|client|guest|member|purchaser|author)s? |^\W*(?:there |no |without |empty |this is an? |automatic|auto|default|system|(?:this|the) (?:review|comment|content|message) |rat(?:ed|ing)|\[?deleted|\[?removed)",
        lambda text: len(text) <= 120 and _is_default(text),
        is_whole=True,
    ),
    Rule(
        "the words of an empty field",
        r"^\W*(?:please|write|enter|type|leave|add|share|tell us|describe|what did|how was|how did|请|快来|欢迎|来|在此|在这里|您|写下|填写|输入|说说|分享|留下|描述|谈谈|宝贝满足|商品满足)",
        lambda text: len(text) <= 100 and _is_asked(text),
        is_whole=True,
    ),
    MEDIA,
    REDACTED,
    replace(FILE_NAME, is_so=_is_file_alone, is_whole=True),
    FILE_NAME,
    TIME,
    SCRIPT,
    *MACHINE,
    Rule(
        "a number",
        r"^\W?-?\d+(?:\.\d+)?\W?$",
        matches(r"^\W?-?\d+\.\d{2,}\W?$|^\W?\d{9,}\W?$|^[1-5](?:\.0+)?$"),
    ),
    CELLS,
    Rule("the shop's answer", _LOOKS_SHARED, matches(_ANSWER)),
    ADDRESS,
    *OFFERS,
    Rule("an advertisement", "https?://|www\\.", lambda text: _is_about_address(text)),
    Rule(
        "the words of an assistant",
        "language model|as an |作为|here|以下|下面|let me know|feel free|i can|unable|ignore|忽略",
        matches(_ASSISTANT),
    ),
    Rule(
        "a part of a mail",
        "sent from|发自|客户端|outlook|office|auto|自动|unsubscribe|退订|^[a-z回转主发复发题件人]{2,8} ?: |^-|^>|confidential|wrote:",
        matches(_MAIL),
    ),
    Rule(
        "a dummy text", "lorem|dolor|test|测试|foo|sample|example", matches(_DUMMY), is_whole=True
    ),
    replace(TESTERS, is_whole=True),
    MASH,
    Rule("one text twice", "", is_repeated),
)
