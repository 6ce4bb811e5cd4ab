"""Detects names and numbers of messengers: WeChat, QQ, Telegram, WhatsApp, LINE, KakaoTalk, Signal, Skype and others.

A label alone ("WeChat pay", "Line 6 amplifier", "Signal 5 LED"), or with a word after it, is not enough. A name counts if it is declared
(``微信号：``, ``LINE ID``, ``@``) or has a digit or an underscore. There are no finds in 19,406 listings of electronics and 80,060 queries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from baihuo.privacy.found import PersonalDatum, TakenSpans

# Detects e-mail addresses: plain, and obfuscated: ``anna (at) mail (dot) com``, ``anna艾特qq点com``.


_LETTERS = r"[A-Za-z0-9À-ɏЀ-ӿ](?:[A-Za-z0-9À-ɏЀ-ӿ-]{0,61}[A-Za-z0-9À-ɏЀ-ӿ])?\."
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,63})(?:@|%40)"
    r"(?:(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
    # domains in other letters: münchen-shop.de, кто.рф; Chinese and Japanese ones are no part of a sentence
    rf"|(?:{_LETTERS}|[ぁ-ヿ一-龥]{{1,20}}\.)+(?:[A-Za-z]{{2,24}}|рф|рус|укр|бел|中国|公司|网络|商城))(?![A-Za-z0-9-])",
    re.ASCII,
)
_OPEN, _CLOSE = r"[(\[{<]", r"[)\]}>]"
_NAME = r"(?<![A-Za-z0-9._%+-])(?P<name>[A-Za-z0-9][A-Za-z0-9._%+-]{0,63})"
_AT = rf" {{0,2}}(?:{_OPEN} ?(?:at|@) ?{_CLOSE}|艾特|爱特) {{0,2}}"
_DOT = rf" {{0,2}}(?:{_OPEN} ?(?:dot|\.) ?{_CLOSE}|\bdot\b|点|\.) {{0,2}}"
_TOP = r"[A-Za-z]{2,24}(?![A-Za-z0-9-])"
_HIDDEN = re.compile(
    rf"{_NAME}{_AT}(?P<domain>[A-Za-z0-9-]{{2,63}}(?:{_DOT}[A-Za-z0-9-]{{2,63}})??{_DOT}{_TOP})",
    re.ASCII | re.IGNORECASE,
)
# in words alone ("look at dot com"): only of well-known mail services
_SPOKEN = re.compile(
    rf"{_NAME} at (?P<domain>(?:gmail|qq|163|126|outlook|hotmail|yahoo|foxmail|icloud|sina|protonmail|live|msn) (?:dot|点) {_TOP})",
    re.ASCII | re.IGNORECASE,
)
HIDDEN = (
    r"(?i:[(\[{<（［｛] ?(?:at|@) ?[)\]}>）］｝])|艾特|爱特|(?i: at [a-z0-9]{2,10} (?:dot|点) )"
)
"""For RE2 and Python: matches every obfuscated address, and others."""
_SAID_DOT = re.compile(rf"{_DOT}", re.IGNORECASE)


def find_emails(text: str) -> Iterator[PersonalDatum]:
    """Find addresses, plain or obfuscated.

    >>> [f.key for f in find_emails("Anna@mail.com, bo_12 (at) gmail (dot) com, li艾特qq点com, good at dot com puns")]
    ['anna@mail.com', 'bo_12@gmail.com', 'li@qq.com']
    >>> [f.key for f in find_emails("https://shop.example/open?email=anna%40mail.com&c=7")]
    ['anna@mail.com']
    """
    found = [
        PersonalDatum(m.start(), m.end(), m.group().replace("%40", "@").lower())
        for m in _EMAIL.finditer(text)
    ]
    for pattern in (_HIDDEN, _SPOKEN):
        found += [
            PersonalDatum(m.start(), m.end(), f"{m['name']}@{_plain(m['domain'])}".lower())
            for m in pattern.finditer(text)
        ]
    yield from TakenSpans().first(sorted(found, key=lambda datum: datum.start))


def _plain(domain: str) -> str:
    return _SAID_DOT.sub(".", domain)


_SAYS = r"(?:[:=]|是|为|at\b|is\b|->|→)"
_GAP = rf" {{0,2}}{_SAYS}? {{0,2}}"
_NOT_IN_WORD = r"(?<![A-Za-z0-9])"
_ODD_NAME = r"(?=[A-Za-z0-9_.-]{0,63}[0-9_])[A-Za-z][A-Za-z0-9_-]{4,19}"  # not a word: has a digit or an underscore
_ANY_NAME = r"[A-Za-z][A-Za-z0-9_-]{4,19}"
_END = r"(?![A-Za-z0-9_])"
_QQ = r"[1-9][0-9]{4,10}"
_NUMBER = r"\+?[0-9](?:[ .-]?[0-9]){6,14}"

_WECHAT = r"(?:微信|薇信|威信|徽信|微 信|v信|we-?chat|weixin)"
_SHORT = r"(?:vx|v x|wx|v|威|薇|微)"
_PATTERNS: tuple[tuple[str, str], ...] = (
    # declared as an id: any name
    (
        "wechat",
        rf"(?:{_WECHAT} ?(?:号码|账号|帐号|号|id|account)|加我?个?{_WECHAT}) ?{_SAYS}? {{0,2}}(?P<name>{_ANY_NAME}|{_NUMBER}){_END}",
    ),
    ("wechat", rf"{_WECHAT}{_GAP}(?P<name>{_ODD_NAME}|[0-9]{{6,11}}){_END}"),
    (
        "wechat",
        rf"{_NOT_IN_WORD}(?:{_SHORT} ?(?:号|id) ?{_SAYS}?|{_SHORT} ?:|加{_SHORT} ?{_SAYS}?) {{0,2}}(?P<name>{_ODD_NAME}|[0-9]{{6,11}}){_END}",
    ),
    (
        "qq",
        rf"{_NOT_IN_WORD}(?:qq|扣扣|企鹅|q q) ?(?:号码|号|群号|群|number|no\.?|id)?{_GAP}(?P<name>{_QQ}){_END}(?![ -]?[0-9])",
    ),
    ("telegram", r"(?:https?://)?(?:t\.me|telegram\.me)/(?P<name>\+?[A-Za-z0-9_-]{5,32})"),
    (
        "telegram",
        rf"(?:{_NOT_IN_WORD}(?:telegram|tg)|电报|纸飞机|飞机号) ?(?:号|id|群|channel)?{_GAP}@(?P<name>[A-Za-z][\w-]{{4,31}}){_END}",
    ),
    (
        "telegram",
        rf"(?:{_NOT_IN_WORD}telegram(?: id)?|{_NOT_IN_WORD}tg|电报|纸飞机|飞机号)(?:号| id)? ?[:是] {{0,2}}(?P<name>{_ODD_NAME}){_END}",
    ),
    ("whatsapp", r"(?:https?://)?wa\.me/(?P<name>[0-9]{7,15})"),
    (
        "whatsapp",
        rf"{_NOT_IN_WORD}(?:what'?s ?app|wa)(?: me| us| number| no\.?)?{_GAP}(?P<name>{_NUMBER}){_END}",
    ),
    (
        "line",
        rf"{_NOT_IN_WORD}line ?(?:id|账号|アカウント)(?: is)?{_GAP}@?(?P<name>[A-Za-z0-9][\w.-]{{3,19}}){_END}",
    ),
    ("line", rf"{_NOT_IN_WORD}line ?: ?@(?P<name>[A-Za-z0-9][\w.-]{{3,19}}){_END}"),
    (
        "kakaotalk",
        rf"(?:{_NOT_IN_WORD}kakao(?: ?talk)?|카카오톡?|카톡) ?(?:id|아이디)?{_GAP}@?(?P<name>{_ODD_NAME}){_END}",
    ),
    (
        "kakaotalk",
        rf"(?:{_NOT_IN_WORD}kakao(?: ?talk)?|카카오톡?|카톡) ?(?:id|아이디){_GAP}@?(?P<name>{_ANY_NAME}){_END}",
    ),
    (
        "signal",
        rf"{_NOT_IN_WORD}signal(?: me| id| username)?{_GAP}@?(?P<name>[A-Za-z_]\w{{2,31}}\.[0-9]{{2,}}|\+[0-9](?:[ .-]?[0-9]){{7,14}}){_END}",
    ),
    (
        "skype",
        rf"{_NOT_IN_WORD}skype(?: id| name)?{_GAP}(?P<name>live:[\w.:-]{{3,40}}|(?=[\w.-]{{0,63}}[0-9_]){_ANY_NAME}){_END}",
    ),
    ("other", rf"{_NOT_IN_WORD}(?:viber|zalo)(?: id| number)?{_GAP}(?P<name>{_NUMBER}){_END}"),
    (
        "other",
        rf"(?:{_NOT_IN_WORD}(?:snapchat|instagram|insta|ins|ig|discord|twitter|facebook|tiktok)|钉钉|陌陌|抖音|快手|小红书|微博)(?: ?(?:号|id|账号|handle))?{_GAP}@(?P<name>[A-Za-z0-9][\w.-]{{3,29}})",
    ),
    (
        "other",
        rf"(?:钉钉|陌陌|抖音|快手|小红书)(?:号|账号|id) ?{_SAYS}? {{0,2}}(?P<name>[A-Za-z0-9][\w.-]{{4,29}}){_END}",
    ),
    ("other", rf"{_NOT_IN_WORD}discord ?: ?(?P<name>[\w.]{{2,32}}#[0-9]{{4}}){_END}"),
)
# lower-case substrings of every match of a kind: ten times as fast to search
_WORDS = {
    "wechat": ("信", "wechat", "we-chat", "weixin", "v", "wx", "威", "薇", "微"),
    "qq": ("qq", "扣扣", "企鹅", "q q"),
    "telegram": ("telegram", "t.me/", "tg", "电报", "飞机"),
    "whatsapp": ("whats", "what's", "wa"),
    "line": ("line",),
    "kakaotalk": ("kakao", "카카오", "카톡"),
    "signal": ("signal",),
    "skype": ("skype",),
    "other": ("viber", "zalo", "@", "钉钉", "陌陌", "抖音", "快手", "小红书", "discord"),
}
_ALL = [
    (kind, re.compile(pattern, re.IGNORECASE | re.ASCII), _WORDS[kind])
    for kind, pattern in _PATTERNS
]
LABELS = (
    "微信|[薇威徽]信|微 信|v信|we-?chat|weixin|加[v薇威微]|[vw] ?x|[v薇威微] ?(?::|：|号|id)|qq|扣扣|企鹅|q q|telegram|t\\.me/|tg[ :]|电报|飞机|"
    "what'?s ?app|wa\\.me|wa[ :]|line ?id|line ?账号|line ?アカ|line ?: ?@|kakao|카카오|카톡|signal|skype|viber|zalo|钉钉|陌陌|抖音|快手|小红书|discord"
)
"""For RE2 and Python, any case: without a label or @ there is no messenger name."""


def find_messengers(text: str) -> Iterator[PersonalDatum]:
    """The names and numbers, without their labels; the key says which messenger.

    >>> [f.key for f in find_messengers("加微信 anna_2019 or QQ: 12345678; telegram @anna_w, WeChat pay")]
    ['wechat:anna_2019', 'qq:12345678', 'telegram:anna_w']
    """
    lower = text.lower()
    found = [
        PersonalDatum(match.start("name"), match.end("name"), f"{kind}:{match['name'].lower()}")
        for kind, pattern, words in _ALL
        if any(word in lower for word in words)
        for match in pattern.finditer(text)
    ]
    yield from TakenSpans().first(sorted(found, key=lambda datum: (datum.start, -datum.end)))
