"""What programs write: objects, templates, logs, files, encodings. Rules for reviews and searches."""

from __future__ import annotations

import ast
import base64
import binascii
import json
import re

from baihuo.quality.checks.text.nobody.rule import Rule, matches

_FILE = (
    r"[^\s/\\][^/\\\n]{0,120}\.(?:jpe?g|png|gif|webp|heic|heif|bmp|svg|tiff?|mp4|mov|avi|mkv|webm|mp3|wav|m4a|amr|pdf|docx?|xlsx?|"
    r"pptx?|csv|tsv|json|xml|html?|txt|log|zip|rar|7z|apk|exe|php|aspx?|jsp)"
)
_MEDIA = (
    "图片|图|照片|视频|小视频|表情|动画表情|语音|音频|文件|附件|链接|位置|名片|红包|image|images|photo|photos|picture|video|img|sticker|gif|"
    "emoji|audio|voice message|attachment|file|media omitted|image omitted|video omitted|object|no text|blank|empty"
)
_FIELD_NAME = (
    "(?:customer|user|buyer|first|last|full|nick|member|order|product|goods|item|shop|store|brand|company|your|recipient|review|rating|date|"
    "city|discount|coupon)[_ -]?(?:name|id|no|number|title|code|date|url|link|text|body|product|company|city|shop|store)?"
)
TEMPLATE = (
    r"\{\{[^{}\n]{0,60}\}\}|\$\{[A-Za-z_][\w.]{0,40}\}|\{%[^{}\n]{1,60}%\}|<%=? ?[A-Za-z_]|<\?(?:php\b|=)|%%?[A-Z]{3,}(?:_[A-Z]+)*%%?|"
    rf"#\{{[A-Za-z_][\w.]{{0,40}}\}}|\{{[a-z]+[_A-Z][A-Za-z_]*\}}|\[\[[A-Za-z_ ]{{2,40}}\]\]|\*\|[A-Z_]{{2,30}}\|\*|"
    rf"[\[{{<](?i:{_FIELD_NAME}|insert [a-z ]{{2,30}}|插入.{{1,8}}|(?:客户|用户|顾客|商品|产品|店铺|订单)(?:姓名|名称|昵称|编号|号)?)[\]}}>]|"
    r"(?<![A-Za-z0-9_])__[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*__(?![A-Za-z0-9_])|\[[A-Z]{2,}(?:_[A-Z][A-Z0-9]*)+\]|"
    r"%(?:[1-9]\$)?[sd](?![A-Za-z0-9])|(?<![A-Za-z0-9])\{[0-9]\}"
)
_LOG = (
    r"Traceback \(most recent call last\)|\bat [\w$.]+\([\w.]+:\d+\)|\b[A-Z]\w+(?:Exception|Error)\b ?[:(]|\bjava\.(?:lang|io|util)\.|"
    r"NullPointerException|Fatal error:|Uncaught |Segmentation fault|stack trace|SQLSTATE|ORA-\d{5}|\bHTTP/[12](?:\.\d)?\b|"
    r"undefined (?:is not|index|variable)|cannot read propert|Notice: Undefined|Warning: \w+\(\)|"
    r"^\W{0,2}(?:INFO|WARN|WARNING|ERROR|DEBUG|TRACE|FATAL)\b[\]:| ]|\b(?:GET|POST|PUT|DELETE|HEAD) /\S*|"
    r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d.{0,20}\b(?:INFO|WARN|WARNING|ERROR|DEBUG|TRACE)\b|"
    r"\b(?:40[0134]|50[0-4]) (?:Bad Request|Unauthorized|Forbidden|Not Found|Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time)|"
    r"\bconsole\.log\(|\bfunction ?\(\w*\) ?\{|=> ?\{|</?(?:div|span|script|body|html|style)\b|\b(?:java|vb)script:|Mozilla/\d\.\d"
)
_ESCAPED_BYTES = (
    r"(?:\\x[0-9a-fA-F]{2}){2}|(?:\\[0-3][0-7]{2}){3}|(?:=[0-9A-F]{2}){3}|(?:%25[0-9A-Fa-f]{2}){2}|(?:%[0-9A-Fa-f]{2}){2}|"
    r"(?<![a-z])(?:u[4-9][0-9a-f]{3}){2}|(?:U\+[0-9A-F]{4} ?){2}|(?:\\u[0-9a-f]{4}){2}|(?:&?#x?[0-9a-f]{4,5};){2}|\+[A-Z][A-Za-z0-9/]{3,}-(?:\s|$)|"
    r"\bxn--[a-z0-9]|=\?utf-8\?[bq]\?"
)
_UUID = r"^\W?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\W?$"
_TIME = r"^\W?\d{4}[-/]\d\d[-/]\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\W?$"
_HASH_LENGTHS = (32, 40, 56, 64, 96, 128)  # hex digits of md5, sha1, sha224, 256, 384, 512
_FORM = r"^[a-z_][\w\[\].-]{0,30}=[^&\s]*(?:&[a-z_][\w\[\].-]{0,30}=[^&]*)+$"
_PAIRS = re.compile(
    r"[\"'][A-Za-z_][\w-]{0,30}[\"'] ?: ?(?:[\"'\[{]|-?\d|true|false|null|None|True|False)"
)
_TAGS = r"^\s*<(\w+)[^>]*>.*</\1>\s*$|<\?xml |<!\[CDATA\["
_CELLS = (
    r"\" ?[,;|\t] ?\"[^\"]*\" ?[,;|\t] ?\"|\t[^\t]{0,30}\t|(?:^|[^|])\|[^|\n]{1,60}\|[^|\n]{1,60}(?:\||$)|[,;|\t] ?\"?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|"
    r"\",-?\d[\d.]*(?:,|$)|^[^,]{0,40},[^,]{0,40},\d{4}-\d\d-\d\d,"
)


def is_object(text: str) -> bool:
    """Whether a text is an object or a list of JSON or Python, or holds pairs of one.

    >>> is_object('{"stars": 5, "body": "nice"}'), is_object("[a] nice"), is_object('nice", "stars": 5')
    (True, False, True)
    """
    if _PAIRS.search(text) is not None:
        return True
    plain = text.strip()
    if not (plain[:1] in "{[" and plain[-1:] in "}]" and len(plain) > 2):
        return False
    for read in (json.loads, ast.literal_eval):
        try:
            return isinstance(read(plain), dict | list)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
    return False


def decoded(text: str) -> str | None:
    """The words that a text is the base64 or the hex digits of; None: of none.

    >>> decoded("YWxvZSBoYW5kIGNyZWFt"), decoded("e7baa2e889b2"), decoded("headphones"), decoded("WFM0Y0ZS")
    ('aloe hand cream', '红色', None, None)
    """
    plain = text.strip()
    if re.fullmatch(r"(?:[0-9a-fA-F]{2}){4,}", plain) and not plain.isdigit():
        return _words(bytes.fromhex(plain), is_padded=False)
    for alphabet in (r"[A-Za-z0-9+/]{8,}={0,2}", r"[A-Za-z0-9_-]{8,}={0,2}"):
        if re.fullmatch(alphabet, plain) is None or re.search("[a-z][A-Z]|[0-9]|=$", plain) is None:
            continue
        padded = plain.rstrip("=") + "=" * (-len(plain.rstrip("=")) % 4)
        try:
            found = base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True)
            return _words(found, is_padded=plain.endswith("="))
        except (binascii.Error, ValueError):
            continue
    return None


_MIN_BYTES = 10  # of random letters and digits, so many are seldom words
_OF_WORDS = re.compile(r"[\w\s'\"&.,:;!?()/+%#@，。！？（）、—-]+")


def _words(found: bytes, *, is_padded: bool) -> str | None:
    """Bytes as text, if it is of letters as people write them; one in a thousand models of eight letters would be such bytes."""
    try:
        text = found.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if _OF_WORDS.fullmatch(text) is None or any(ord(c) < 32 for c in text):
        return None
    if text.isascii():
        is_short = len(found) < _MIN_BYTES and not is_padded
        if is_short and re.fullmatch("[A-Za-z][a-z ]+", text) is None:
            return None
        return text if sum(c.isalpha() or c == " " for c in text) >= 0.8 * len(text) else None
    if len(found) < _MIN_BYTES and not is_padded and any(c.isascii() for c in text):
        return None
    scripts = sum(
        "\u3040" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3" or c.isascii() for c in text
    )
    return text if scripts == len(text) else None


def is_hash(text: str) -> bool:
    """Whether a text is the hex digits of a usual hash.

    >>> is_hash("d41d8cd98f00b204e9800998ecf8427e"), is_hash("12345678901234567890123456789012"), is_hash("beef")
    (True, False, False)
    """
    plain = text.strip()
    is_hex = len(plain) in _HASH_LENGTHS and re.fullmatch("[0-9a-fA-F]+", plain) is not None
    return is_hex and not plain.isdigit() and not plain.isalpha()


def _is_token(text: str) -> bool:
    """Letters of both cases and digits, mixed as no word or model is: a random key."""
    plain = text.strip()
    if re.fullmatch(r"[A-Za-z0-9_+/=.-]{24,}", plain) is None:
        return False
    if plain in (plain.lower(), plain.upper()):  # parts of machines have such long numbers
        return False
    changes = len(re.findall("[a-z][A-Z]|[A-Za-z][0-9]|[0-9][A-Za-z]", plain))
    return changes >= len(plain) / 6


_is_name = matches(
    rf"^\W{{0,2}}(?:https?://|[A-Za-z]:\\|/)?(?:[^\s/\\]+[/\\])*{_FILE}\W{{0,2}}$|^mmexport\d{{6,}}"
)


def parts_of(text: str) -> list[str]:
    """The parts of a list, which blanks, commas, semicolons or bars part."""
    return [part for part in re.split(r"[\s,;，；|]+", text) if part]


def is_file(text: str) -> bool:
    """Whether a text is a file's name, with blanks in it, too, or several without blanks.

    >>> is_file("my picture.jpg"), is_file("1.png, 2.png"), is_file("1.png is fine")
    (True, True, False)
    """
    parts = parts_of(text)
    return _is_name(text.strip()) or (len(parts) > 1 and all(map(_is_name, parts)))


OBJECT = Rule(
    "an object of a program, or a part of one", r"[{}\[\]]|['\"] ?:", is_object, as_it_came=True
)
SCRIPT = Rule(
    "an attack",
    "<",
    matches(
        r"<\s*/?\s*(?:script|iframe|object|embed)\b|<[^<>]*\bon[a-z]{3,20}\s*=|<[^<>]*\b(?:java|vb)script:"
    ),
    as_it_came=True,
)
"""A program in a page's markup: its repair would leave the words around it, and nobody would know."""
MACHINE = (
    Rule("a hash", "^\\s*[0-9a-f]{32,128}\\s*$", is_hash, is_whole=True),
    Rule("an id of a program", "^\\W?[0-9a-f]{8}-[0-9a-f]{4}-", matches(_UUID), is_whole=True),
    Rule("a random key", "^\\s*[a-z0-9_+/=.-]{24,}\\s*$", _is_token, is_whole=True),
    Rule(
        "words in base64 or hex",
        "^\\s*[a-z0-9+/_-]{8,}={0,2}\\s*$",
        lambda text: decoded(text) is not None,
        is_whole=True,
    ),
    Rule(
        "bytes written out",
        r"\\x|\\[0-3]|=[0-9A-F]{2}=|%[0-9A-F]{2}|u[4-9][0-9a-f]{3}|u\+|\\u|#|\+[A-Z]|xn--|=\?",
        matches(_ESCAPED_BYTES, case=True),
    ),
    Rule(
        "a template that nobody filled in",
        r"\{|%[a-z]|%[0-9]\$|<[a-z?%插客用顾商产店订]|\[[a-z\[插客用顾商产店订]|\*\||__[a-z]",
        matches(TEMPLATE, case=True),
    ),
    Rule("a form as it was sent", "=.*&.*=", matches(_FORM), is_whole=True),
    OBJECT,
    Rule("markup of a program", "<[a-z!?]", matches(_TAGS)),
    Rule(
        "a line of a log, an error or code",
        r"exception|error|traceback|\bat [\w$.]+\(|java|http/|sqlstate|ora-|console|function|=>|</?[a-z]|script:|mozilla|\b(?:get|post|put|delete|head) /|\b(?:info|warn|warning|debug|trace)\b|fatal|uncaught|segmentation|stack trace|undefined|propert|warning:|bad request|unauthorized|forbidden|not found|internal server|bad gateway|unavailable|gateway time",
        matches(_LOG, case=True),
    ),
)
CELLS = Rule("cells of a table", r"\" ?[,;|\t] ?[\"\d-]|\t|\||\d{4}-\d\d-\d\d", matches(_CELLS))
FILE_NAME = Rule(
    "the name of a file",
    r"\.[a-z0-9]{2,4}\W{0,3}$|mmexport",
    is_file,
)
MEDIA = Rule(
    "what stands for a picture or a recording",
    r"^\s*[\[【（(<]",
    matches(rf"^(?:\s*(?:\[|【|（|\(|<)\s*(?:{_MEDIA})[\s\d:_-]{{0,20}}(?:\]|】|）|\)|>)\s*)+$"),
    is_whole=True,
)
_BLACKED_OUT = (
    "redacted|removed|deleted|filtered|masked|hidden|censored|anonymi[sz]ed|sanitized|scrubbed|obfuscated|private|confidential|sensitive|pii|secret|"
    "已?(?:脱敏|屏蔽|隐藏|删除|过滤|加密|打码|匿名化?)|敏感(?:词|信息|内容)|隐私(?:信息|内容)?"
)
REDACTED = Rule(
    "what stands for a text that somebody took out",
    r"^\s*[\[<({【（*＊#█]|脱敏|屏蔽|敏感|隐私|已[隐删过加打匿]|^\W*(?:redacted|censored)",
    matches(
        rf"^\s*(?:[\[<({{【（*＊#_-]{{1,3}}\s*(?:{_BLACKED_OUT})\s*[\]>)}}】）*＊#_-]{{1,3}}\s*)+$|^\s*[*＊█•]{{2,}}\s*$|"
        r"^\W*(?:redacted|censored|(?:内容|文字|查询|搜索词|关键词|该词)?已(?:脱敏|屏蔽|隐藏|过滤|打码|匿名化?)|(?:敏感词|敏感信息|隐私信息))\W*$"
    ),
    is_whole=True,
)
TIME = Rule("a time", r"^\W?\d{4}[-/]\d\d[-/]\d\d", matches(_TIME), is_whole=True)
ADDRESS = Rule(
    "an address of a page",
    "://|^www\\.|data:|blob:",
    matches(r"^\s*(?:https?|ftp|file|blob|content)://\S+\s*$|^data:\w+/|^blob:|^www\.\S+/\S+$"),
)
MASH = Rule(
    "keys side by side",
    "asdf|qwer|zxcv|hjkl|qaz|sdfg|dfgh",
    matches(r"^\W*(?:(?:asdf|qwer|zxcv|qazwsx|sdfg|dfgh|fghj|ghjk|hjkl)[a-z;]{0,12}\W*)+\d{0,4}$"),
)
