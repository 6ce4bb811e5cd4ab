"""Texts that are none: pages, programs, notes and letters that got into a cell instead of words about the product.

A pattern a class, each a note: what is left when it goes, a person knows better. Patterns that a true text may hold by
chance count only in short texts, or from two or three of them on.
"""

from __future__ import annotations

from dataclasses import dataclass

from baihuo.engine import sql_file, sql_text

_ERRORS = (
    r"\b40[0-9]\b.{0,20}\b(?:forbidden|not found|unauthori[sz]ed|bad request)|\b(?:access|permission) (?:was |is )?denied|forbidden\b.{0,40}\bip\b|"
    r"\byour (?:ip|browser|session|request)\b.{0,40}\b(?:block|expire|support|reject|could not)|\bray id\b|not a robot|you are (?:a )?human|"
    r"\bcaptcha\b|checking your browser|enable (?:javascript|cookies)|too many requests|unusual traffic|(?:please|you must) (?:log|sign) in\b|"
    r"\b50[0-9]\b.{0,20}\b(?:error|gateway|unavailable)|internal server error|bad gateway|gateway time-?out|service (?:is )?(?:temporarily )?unavailable|"
    r"connection (?:timed out|refused|reset)|page (?:not found|(?:can ?not|could not|can't) be (?:found|displayed)|(?:does not|doesn't|no longer) exists?)|"
    r"(?:the )?page (?:that )?you(?: are|'re|’re)? (?:requested|looking for|tried)|(?:product|item|listing|page|content) (?:is )?(?:not found|no longer (?:available|exists))|"
    r"(?:something|oops).{0,12}went wrong|under (?:construction|maintenance)|"
    "访问被拒|拒绝访问|禁止访问|验证码|完成(?:安全)?验证|人机验证|访问(?:过于|太)频繁|系统(?:繁忙|错误|维护)|稍后(?:再试|重试)|网络(?:异常|错误)|登录后(?:查看|可见|才)|请先?登录|"
    "服务器.{0,4}错误|页面(?:不存在|找不到|未找到|无法|已|走丢|丢失)|(?:商品|宝贝|内容|链接)(?:已下架|不存在|已失效|已删除)|您?访问的(?:页面|内容|网页)|加载(?:中|失败)|出错了"
)
_MACHINE = (
    r"\bas an? (?:ai\b|artificial|large language|language model)|\blanguage model\b|\bi(?:'m| am|’m)? (?:sorry|afraid|unable|not able).{0,30}\b(?:can ?not|can'?t|can’t|unable|help|assist|provide|fulfil)|"
    r"\bi (?:can ?not|can'?t|can’t|am unable to) (?:help|assist|provide|fulfil|complete|generate|write|create|comply)|my (?:last )?(?:knowledge|training)(?: data)? (?:cut-?off|update)|"
    r"\b(?:here(?:'s| is|’s)|below is) (?:a|an|the|your) .{0,60}(?:description|text|version|copy|draft)\b|^\W*(?:certainly|sure|of course|absolutely)\b ?[!,.]|let me know if you(?:'d| would|’d)? |"
    r"\b(?:write|generate|create|compose) (?:me )?(?:a|an|the) .{0,40}(?:description|text|copy)\b|you are an? .{0,30}(?:copywriter|assistant|expert)|regenerate response|as requested\b|"
    "作为(?:一个|一名|一款)?.{0,4}(?:人工智能|语言模型|AI|ai)|(?:语言|大)模型|我(?:无法|不能|没有办法|没法)(?:提供|完成|协助|回答|生成|满足|帮|为您|处理|访问)|^\\W*(?:当然可以|好的|没问题)[！!，,。]|"
    "以下是.{0,30}(?:描述|文案|介绍|内容|版本)|根据您?(?:提供|的要求)|希望(?:这|以上).{0,12}(?:帮助|满意)|请?(?:帮我|为我|你)?(?:写|生成|撰写)(?:一|个|段|篇).{0,30}(?:描述|文案|介绍)|请补充更多信息"
)
_BUTTONS = (
    r"add to (?:cart|bag|basket|wish ?list|favou?rites|compare)|buy (?:it )?now|check ?out\b|sign (?:in|up)\b|log ?(?:in|out)\b|my (?:account|orders)|cart \(\d+\)|shopping (?:cart|bag)|"
    r"\btweet\b|pin it|\bshare\b|\bprevious\b|\bnext\b|you may also like|customers also|related products|recently viewed|back to top|skip to (?:content|main)|toggle navigation|"
    r"read more|show (?:more|less)|see (?:more|all)|load more|\bhome ?[>›»/]|all products|notify me|write a review|subscribe|newsletter|follow us|all rights reserved|copyright|"
    r"sold out|out of stock|in stock|quantity ?[:：]|facebook|instagram|whatsapp|"
    "加入购物车|立即购买|加入收藏|收藏(?:商品|本店|宝贝)|分享(?:到|至)?|首页 ?[>›»/]|登录|注册|购物车|我的(?:订单|账户|收藏)|可能(?:还|也)喜欢|猜你喜欢|看了又看|相关(?:商品|推荐)|"
    "上一(?:页|篇|个)|下一(?:页|篇|个)|返回(?:顶部|首页)|版权所有|展开(?:全部|更多)|查看(?:更多|全部)|扫码|关注我们|联系客服|商品评价|累计评价|规格参数|全部商品|客服"
)
_COOKIES = r"\bcookies?\b.{0,60}\b(?:policy|settings|preferences|accept|experience|consent|agree|traffic)|\b(?:use|accept|reject|manage)\b.{0,12}\bcookies?|cookie.{0,12}(?:政策|设置|同意)|使用.{0,6}cookie"
_STYLE = r"[.#@]?[A-Za-z][A-Za-z0-9_ .#:,>-]{0,60}\{[^{}]{0,200}?[a-z-]{3,30} ?: ?[^{};]{1,60}[;}]|@media\b|!important\b"
_PROGRAM = (
    r"\bfunction ?[A-Za-z_]{0,30}\([^)]{0,60}\) ?\{|\b(?:var|let|const) [A-Za-z_$]{1,30} ?= ?|\b(?:window|document|console|jQuery|dataLayer|gtag|fbq)[.(\[=]|=> ?\{|\.addEventListener\(|"
    r"\b(?:SELECT|select)\b.{1,200}\b(?:FROM|from)\b.{1,80}(?:\b(?:WHERE|LIMIT|where|limit|JOIN|ORDER BY)\b|;)|\bINSERT INTO\b|\bUPDATE [a-zA-Z_]+ SET\b|\bDELETE FROM\b|\bCREATE TABLE\b|"
    r"Traceback \(most recent|\b[A-Z][A-Za-z]{2,30}(?:Exception|Error): |\bat [a-z][A-Za-z0-9_.$]+\([A-Za-z0-9_]+\.java|(?:Fatal error|Warning|Notice): .{0,80} (?:on|in) .{0,80}(?:line|\.php)|"
    r"Undefined (?:index|variable|offset)|\bstack ?trace\b|\[object Object\]|<\?xml|\{\\rtf|\\begin\{|\\documentclass|^\s*[\[{]\s*\\?\"[A-Za-z_@$][^\"]{0,40}\\?\"\s*:|"
    r"\bimport [a-z_]+$|\bdef [a-z_]+\(|#include ?<|#!/|\bsudo |\bgit (?:commit|push|pull|merge)\b|@@ -\d|(?m:^(?:<{7}|={7}|>{7}|\|{7})(?: |$))|"
    r"\[/?(?:vc_|et_pb_|fusion_|caption|gallery|embed|shortcode|su_)[^\]]{0,80}\]|\[/(?:b|i|u|url|img|size|color|quote|list|font|center)\]|\{\{?(?:#|/)?(?:if|each|for)\b"
)
_BASE64 = r"data:[a-z]+/[A-Za-z0-9.+-]+;base64,|[A-Za-z0-9+/]{140,}"
_MARKS = r"(?m:^ {0,3}#{1,6} \S)|(?:\*\*|__)[^*_\s][^*_\n]{0,80}(?:\*\*|__)(?s:.*)(?:\*\*|__)[^*_\s]|\]\((?:https?:|/|#)|(?m:^\|[^|\n]+\|[^|\n]+\|)|```|(?m:^(?:h[1-6]\. |\{code|==+ .* ==+$))"
_ADDRESS = (
    r"^\s*(?:(?:https?|ftp|file|s3|sftp)://\S+|www\.\S+\.\S+|[A-Za-z]:[\\/].{1,250}|\\\\[^\\]+\\.{1,250}|(?:\.{1,2}|~)?/(?:[\w.@+ -]+/)+[\w.@+ -]+|"
    r"[^\s/\\]{1,80}\.(?:docx?|rtf|txt|pdf|html?|xlsx?|csv|md|jpe?g|png|gif|webp|bmp|tiff?|zip|odt|json|xml|pptx?|psd|ai|php|aspx?|mp4|indd))\s*$"
)
_CHAT = (
    r"客服(?:[^\s:：，。]{0,6})?(?: ?\d{1,2}:\d{2})?[ :：]|(?:买家|卖家|店主|顾客|客户|用户|店小二|掌柜|小二)[^\s:：，。]{0,8}(?: ?\d{1,2}:\d{2})?[:：]|亲[，,~～ ]|在的哦|"
    r"\b(?:customer|agent|seller|buyer|support|admin|visitor|chatbot|operator|user|assistant)(?: ?\d{0,4}| [A-Z]\w{1,12})?(?: ?\(?\d{1,2}:\d{2}\)?)? ?:|(?:^|\s)[QA] ?:|\b\d{1,2}:\d{2}(?: [AP]M)?\b"
)
_LETTER = (
    r"\b(?:kind|best|warm) regards\b|\byours (?:sincerely|faithfully)|sent from my (?:iphone|ipad|phone|mobile)|(?m:^(?:from|to|subject|sent|date|cc|re|fw|fwd) ?: .+$)|-----original message|"
    r"^\W*(?:dear|hi|hello) (?:all|team|sir|madam|customer|colleagues?|supplier|[A-Z][a-z]+),|please find attached|\bunsubscribe\b|confidential(?:ity)? notice|"
    "此致|敬上|尊敬的(?:客户|顾客|用户|供应商|领导)|发自我的|附件(?:是|为|中|请)|转发[:：]|回复[:：]"
)
_INTERNAL = (
    r"\b(?:for )?internal (?:use|note|only|memo)|\b(?:do not|don't|don’t|never) (?:publish|show|list|sell|translate|import|export)\b|not for (?:publication|the web|resale|customers)|note to (?:self|editor|translator)|"
    r"\b(?:purchase|cost|buying|wholesale|dealer) price ?[:=]|\b(?:our )?margin ?[:=]|\b(?:ask|check with|waiting for|call) (?:the )?(?:supplier|legal|marketing|boss|translator|photographer)\b|\bto ?do ?:|\bfixme\b|"
    "内部(?:资料|使用|备注|专用)|(?:请勿|不要|禁止)(?:发布|外传|上架|公开|翻译)|(?:进货|成本|采购|供货|出厂)价[:：为是]|毛利|找供应商|问供应商|待(?:运营|设计|法务|审核|确认)|备注[:：]"
)
_REVIEW = (
    r"verified purchase|\bi (?:bought|ordered|purchased|received|returned) (?:this|it|one|the)|\b(?:would|highly|not) recommend(?:ed)? (?:it|this)?|[0-5](?:\.\d)? (?:out )?of 5\b|[★☆⭐]{3,}|people found this helpful|five stars|arrived (?:late|broken|damaged|on time)|"
    "追评|默认好评|没有填写评价|(?:宝贝|货)(?:已经)?收到了?|收到货|物流很?快|回购|掌柜(?:热情|很好)|推荐购买|已购买|五星好评"
)
_LAW = r"permission is hereby granted|terms (?:and|&) conditions|privacy (?:policy|notice)|all rights reserved|governing law|limitation of liability|隐私(?:政策|协议)|用户协议|服务条款|版权所有|法律声明"
_DICTATED = r"\bfull stop(?: |$)|\b(?:new|next) (?:line|paragraph)\b|\b(?:end|start) of dictation|\b(?:open|close) (?:quotes?|brackets?|parenthes[ei]s)\b|\bcomma\b.{1,300}\b(?:comma|period|full stop)\b|(?:逗号|句号|换行|冒号).{1,200}(?:逗号|句号|换行|冒号)"
_LETTERS = (
    r"[\x{300}-\x{36F}]{3,}|[\x{1D400}-\x{1D7FF}]{3,}|[\x{24B6}-\x{24E9}]{3,}|[\x{1F130}-\x{1F189}]{3,}|[\x{1F1E6}-\x{1F1FF}]{5,}|(?:[ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ]){4,}|"
    r"(?:[ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎ][a-z ]{0,3}){4,}|(?:[\x{2460}-\x{249B}\x{249C}-\x{24B5}]){3,}"
)
_CODED = (
    r"^\s*[A-Za-z0-9+/]{4,}[A-Za-z0-9+/]{16,}={1,2}\s*$|^\s*(?:[0-9A-Fa-f]{2}[ :]?){16,}\s*$|^\s*[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F-]{18,}\s*$|(?:=[0-9A-F]{2}){3,}|(?:U\+[0-9A-F]{4}[ ,]*){3,}|"
    r"(?:\\x[0-9A-Fa-f]{2}){3,}|=\?(?:utf|UTF|gb|GB)[^?]{1,12}\?[BbQq]\?|^\s*[.\-/ ]{20,}\s*$|^\s*[01 ]{32,}\s*$|\beht\b.*\b(?:fo|dna|htiw|rof)\b|\b(?:fo|dna|htiw|rof)\b.*\beht\b|\bgur\b.*\b(?:naq|jvgu|bs)\b|\b(?:naq|jvgu|bs)\b.*\bgur\b"
)
_SHORT_NAMES = r"(?:^|[\s:]):[a-z][a-z0-9_+-]{2,30}:(?s:.*):[a-z][a-z0-9_+-]{2,30}:|&lt;emoji&gt;|\[(?:emoji|表情|微笑|玫瑰|强|爱心|呲牙|OK)\]"
_BARE = (
    r"^[\s\pP\pS0-9]*[0-9][\s\pP\pS0-9]*$|^\s*(?:[$€£¥￥]|CNY|USD|EUR|RMB|GBP)?\s?[0-9][0-9.,]*\s?(?:元|CNY|USD|EUR|RMB|GBP|[$€£¥￥])?\s*$|^\s*(?i:true|false|yes|no|y|n|ok|okay|done|ditto|see above|same as above|as above|idem|是|否|有|对|同上|见上|如上|同左|略)\W*$|"
    r"^\s*(?:[0-9]{1,2}[- ](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*(?:[- ][0-9]{2,4})?|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-[0-9]{2,4}|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9:.]+Z?)?)\s*$|"
    r"^\s*[=+@] ?[A-Za-z][A-Za-z.]{1,30}\(|^\s*=[A-Z]{1,3}[0-9]+|#(?:REF|VALUE|NAME|DIV/0|NUM|NULL|SPILL|N/A)[!?]?"
)


@dataclass(frozen=True, slots=True)
class NoProse:
    """One class: its check, what a person sees, and the RE2 of it.

    ``least`` different matches are needed; ``max_bytes``: a longer text says something besides.
    """

    check: str
    why: str
    pattern: str
    least: int = 1
    max_bytes: int = 1_000_000
    is_cased: bool = False

    def condition(self, field: str) -> str:
        """SQL: whether the field is so."""
        pattern = sql_text(self.pattern if self.is_cased else f"(?i){self.pattern}")
        found = f"regexp_matches({field}, {pattern})"
        if self.least > 1:
            all_found = f"list_distinct(regexp_extract_all(lower({field}), {pattern}))"
            found = f"({found} AND len({all_found}) >= {self.least})"
        return f"(strlen({field}) <= {self.max_bytes} AND {found})"


IN_DESCRIPTIONS = (
    NoProse("markup", "a program or what a program wrote", _PROGRAM, is_cased=True),
    NoProse("markup", "rules of a page's style", _STYLE),
    NoProse("markup", "data in letters (base64)", _BASE64, is_cased=True),
    NoProse("markup", "marks of Markdown or a wiki", _MARKS),
    NoProse("boilerplate", "an answer of a language model, or a question to one", _MACHINE),
    NoProse("boilerplate", "a page's error or a request to log in", _ERRORS, max_bytes=500),
    NoProse("boilerplate", "buttons and menus of a page", _BUTTONS, least=4),
    NoProse("boilerplate", "a page's question about cookies", _COOKIES, max_bytes=1_000),
    NoProse("boilerplate", "an address or a file's name", _ADDRESS, max_bytes=300),
    NoProse("boilerplate", "a conversation", _CHAT, least=3, max_bytes=3_000),
    NoProse("boilerplate", "a letter", _LETTER),
    NoProse("boilerplate", "a note for the shop's own people", _INTERNAL),
    NoProse("boilerplate", "a shopper's review", _REVIEW),
    NoProse("boilerplate", "terms of a contract or of a site", _LAW, least=2),
    NoProse("boilerplate", "marks in words, as they were dictated", _DICTATED),
    NoProse("boilerplate", "no words", _BARE, max_bytes=120, is_cased=True),
    NoProse(
        "unreadable_characters", "letters in another alphabet's or in piles of marks", _LETTERS
    ),
    NoProse("unreadable_characters", "letters in a code", _CODED, is_cased=True),
    NoProse("unreadable_characters", "names of emoji between colons", _SHORT_NAMES),
)
_EMOJI = r"(?:[\x{2600}-\x{27BF}\x{2B50}\x{2B55}\x{1F300}-\x{1FAFF}\x{203C}\x{2049}]\x{FE0F}?){2,}"
_KEY = (
    r"^\s*(?:_{1,3}[A-Za-z0-9][A-Za-z0-9_.:-]+_{1,3}|(?i:i18n|l10n|msg|lang|label|lbl|str|text|key|trans|translation|locale|resources?|messages?|catalog|product|item|field)[:._][A-Za-z0-9][A-Za-z0-9_.:-]+|[a-z][A-Za-z0-9-]*(?:\.[A-Za-z0-9_-]+){2,}|"
    r"@string/\w+|%\(\w+\)s|\[\[?[A-Za-z0-9_.:]+\]\]?|#[A-Z_]{3,}#|\$[A-Z_]{3,}|[A-Z]{2,}(?:_[A-Z0-9]+){2,}|t\(.{1,60}\)|(?:missing|undefined) (?:translation|key|title).{0,60}|.{0,10}translation missing.{0,60})\s*$"
)
_LINE = r"^[^\t]{1,60}\t[^\t]*\t|^[^|;,\t]{1,40}[|;][^|;]{3,200}[|;].{0,200}[|;]|^\"?[A-Za-z0-9_-]{2,30}\"?,\"?[^,]{3,200}\"?,.{0,200},\"?[0-9]+[.,]?[0-9]*\"?(?:,|$)"
_SPACED = r"(?:(?:^|\s)[A-Za-z0-9](?:\s+[A-Za-z0-9](?:\s|$)){0}){1}(?:\s+[A-Za-z0-9]){8,}(?:\s|$)|(?:\p{Han} ){4,}\p{Han}(?: |$)|(?:[A-Za-z0-9][._-]){8,}[A-Za-z0-9]"
_GONE = (
    r"\b(?:discontinued|obsolete|no longer (?:available|sold|made|produced|in stock)|end[- ]of[- ](?:life|line)|out of stock|sold out|(?:replaced|superseded) by|withdrawn|delisted|recalled|not available|temporarily unavailable|coming soon|pre-?order only|do not (?:sell|order|buy|use))\b|"
    "停产|停售|已?下架|缺货|售罄|断货|勿拍|已售完|卖完|不再销售|作废|无货"
)
_PLACE = (
    r"\[[^\]]{0,30}\b(?:aisle|bin|shelf|warehouse|wh ?\d|pallet|lager|regal|dock|slot|pick)\b[^\]]{0,40}\]|\baisle ?(?:no\.? ?)?[A-Z]?\d+|\bpick (?:here|from|location)|\b(?:bin|shelf|pallet) ?#? ?[A-Z]?\d{2,}\b|\blocation ?[:：] ?[A-Z]?\d|"
    "货架|库位|仓位|货位|储位|[A-Z]区[0-9]|[0-9]号(?:仓|库|架)|拣货"
)
_AMOUNT = r"(?:CNY|RMB|USD|EUR|GBP|JPY|US\$|HK\$|[$€£¥￥]) ?[0-9]{1,6}(?:[.,][0-9]{1,3}){0,2}|\b[0-9]{1,6}(?:[.,][0-9]{1,2})? ?(?:yuan|CNY|RMB|USD|EUR|GBP|dollars?|euros?|[€£])(?:\W|$)|[0-9]{1,6}(?:\.[0-9]{1,2})? ?(?:元|块钱|块)(?:\P{L}|$|包邮|起|包)"
_NO_AMOUNT = r"(?i)gift ?cards?|vouchers?|礼品卡|购物卡|代金券|充值|面值|coupon|bank ?note|纸币|金币|coins?\b"
_PROMOTION = (
    r"[【\[(（《「][^】\])）》」]{0,24}(?:特价|预售|包邮|买[一二三四五0-9]+[送赠]|秒杀|促销|[0-9一二三四五六七八九.]+折|限时|限量|抢购|清仓|双十?[0-9一二]+|618|直降|立减|满[0-9]+|热卖|爆款|优惠|福利|赠品|拍下|返现|甩卖|大促|狂欢|年货|活动价|聚划算|领券|"
    r"sale\b|% off|discount|limited (?:time )?offer|free (?:shipping|delivery|gift)|buy \d|get \d|clearance|black friday|cyber monday|best ?seller|hot deal|promo|flash|super deal|special offer|deal of)[^】\])）》」]{0,24}[】\])）》」]|"
    r"^\W*(?:flash sale|hot sale|on sale|sale|clearance|limited (?:time )?offer|special offer|black friday|buy \d get \d|free (?:shipping|delivery|gift)|[0-9]{1,2} ?% off|deal of the day|best ?seller|last chance|only \d+ left)\W{0,3}[:!|*–—-]|"
    r"[0-9]{1,2} ?% off\b|buy \d+,? get \d|(?:!|！){3,}|\b(?:click|order|buy) (?:here|now)\b"
)
IN_TITLES = (
    NoProse("no_title", "an address or a file's name", _ADDRESS, max_bytes=300),
    NoProse(
        "no_title", "a key of a text that nobody translated", _KEY, is_cased=True, max_bytes=120
    ),
    NoProse("no_title", "a whole line of a file", _LINE),
    NoProse("no_title", "no name", _BARE.partition("|")[2], is_cased=True, max_bytes=60),
    NoProse("no_title", "a page's error or a request to log in", _ERRORS, max_bytes=200),
    NoProse("no_title", "an answer of a language model, or a question to one", _MACHINE),
    NoProse("markup", "a program or what a program wrote", _PROGRAM, is_cased=True),
    NoProse("markup", "rules of a page's style", _STYLE),
    NoProse("unreadable_characters", "letters in a code", _CODED, is_cased=True),
    NoProse(
        "unreadable_characters", "letters in another alphabet's or in piles of marks", _LETTERS
    ),
    NoProse("unreadable_characters", "a blank after each letter", _SPACED),
    NoProse("unreadable_characters", "names of emoji between colons", _SHORT_NAMES),
    NoProse("keyword_stuffing", "chains of emoji", _EMOJI),
    NoProse("keyword_stuffing", "an advertisement", _PROMOTION),
    NoProse("keyword_stuffing", "that it is no longer sold", _GONE),
    NoProse("keyword_stuffing", "a place in the warehouse", _PLACE),
    NoProse("keyword_stuffing", "a note for the shop's own people", _INTERNAL),
    NoProse("keyword_stuffing", "an amount of money", _AMOUNT),
)
_NO_PROSE = sql_file(__file__, "no_prose")
_MIN_LETTERS = 40  # of English words, before vowels are counted
_MAX_SHARE = 0.05  # of the texts that are of one kind: more, and it is how the shop writes


def _select(
    rows: str, field: str, kinds: tuple[NoProse, ...], others: list[tuple[str, str, str]]
) -> str:
    found = [(k.check, k.why, k.condition(field)) for k in kinds] + others
    cases = " ".join(
        f"WHEN {condition} THEN {sql_text(f'{check}|{why}')}" for check, why, condition in found
    )
    return _NO_PROSE(rows=rows, field=field, cases=cases, max_share=_MAX_SHARE)


def in_descriptions(rows: str, field: str) -> str:
    """SQL of notes on descriptions that are no text about a product."""
    words = f"array_to_string(regexp_extract_all({field}, '\\b[A-Za-z][a-z]{{2,}}\\b'), '')"
    lost = f"(strlen({field}) >= 60 AND length({words}) >= {_MIN_LETTERS} AND length(regexp_replace({words}, '[^aeiouyAEIOUY]', '', 'g')) < 0.1 * length({words}))"
    joined = f"regexp_matches({field}, '^[!-~]{{60,}}$')"
    others = [
        ("unreadable_characters", "words without vowels", lost),
        ("unreadable_characters", "words without blanks", joined),
    ]
    return _select(rows, field, IN_DESCRIPTIONS, others)


def in_titles(rows: str, field: str) -> str:
    """SQL of notes on titles that are no name of a product, or say what is none of it."""
    joined = (
        f"(regexp_matches({field}, '^[A-Za-z0-9.,\"]{{24,}}$') AND len(regexp_extract_all({field}, '[a-z][A-Z0-9]|[0-9][a-z]')) >= 2 "
        f"AND length(regexp_replace({field}, '[^a-z]', '', 'g')) >= 14)"
    )
    vowels = f"(length({field}) >= 24 AND regexp_matches({field}, '(?:\\b[b-df-hj-np-tv-xz]{{3,}}\\b.*){{3,}}') AND NOT regexp_matches({field}, '[aeiouAEIOU]'))"
    kinds = tuple(k for k in IN_TITLES if k.pattern != _AMOUNT)
    amount = IN_TITLES[-1]
    others = [
        ("unreadable_characters", "words without blanks", joined),
        ("unreadable_characters", "words without vowels", vowels),
        (
            amount.check,
            amount.why,
            f"({amount.condition(field)} AND NOT regexp_matches({field}, {sql_text(_NO_AMOUNT)}))",
        ),
    ]
    return _select(rows, field, kinds, others)
