"""Words that programs and people write where there is nothing: "null", "N/A", "无", "待补充", ``{{visitor_id}}``.

An id of such a word joins rows that have nothing in common, and a title of one names nothing. Only a
cell that is such a word as a whole counts, in any case, quoted or in brackets: "Null Object" is a title.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

from baihuo.engine import sql_text

_NONE = (
    r"null|nil|none|nan|n/a|#n/a|#na|#null!|#null|#ref!|#ref|#value!|#value|na|n.a|pd.na|nat|undefined|unknown|\n|tbd|tba|todo|"
    "not set|not available|not applicable|not provided|not specified|no value|no data|null null|none none|nullptr|nonetype|"
    "object object|无|空|暂无|没有|未知|不详|待定|待补充|待完善|待填写|待更新|待录入|未填写|未填|未设置|未提供|暂缺|缺失|空值|占位|占位符|なし|未設定|없음"
)
_PROGRAMS = r"null|nil|nan|#n/a|#null!|#ref!|#value!|pd.na|nat|undefined|\n|nullptr|nonetype|object object|null null"
_VARIABLES = "%[a-z]+_?[a-z0-9_]*%|\\$[a-z]+_[a-z0-9_]+|__[a-z0-9_]+__"
_TESTS = "test|testing|dummy|placeholder|测试"
_SIGNS = "|-|--|---|_|__|?|??|???|/|—|––"  # and nothing at all, once quotes and brackets are off
_IDS = "-1|anonymous|guest|匿名|游客"
_ZEROS = "0{4,}(?:-0{4,})*"
# a hash of nothing, or of a word for it, is the same for everybody
_HASHED = (
    *(
        "",
        " ",
        "0",
        "-1",
        "null",
        "Null",
        "NULL",
        "None",
        "none",
        "nil",
        "undefined",
        "unknown",
        "nan",
        "NaN",
    ),
    *("N/A", "n/a", "test", "anonymous", "guest", "[object Object]", "false", "{}", "[]", r"\N"),
)
_HASHES = "|".join(
    hashlib.new(name, word.encode(), usedforsecurity=False).hexdigest()
    for name in ("md5", "sha1", "sha256")
    for word in _HASHED
)
# the program that sent the row in place of whose row it is
_PROGRAM_NAMES = (
    "mozilla|opera|dalvik|okhttp|curl|wget|axios|python-requests|python-urllib|java|cfnetwork|postmanruntime|"
    "go-http-client|apache-httpclient"
)
_CLIENTS = f"(?:{_PROGRAM_NAMES})/[0-9].*"
_TITLES = (
    "title|no title|untitled|unnamed|no name|product name|product title|new product|sample product|default title|delete me|"
    "coming soon|to be added|to be completed|do not use|xxx|xxxx|"
    "标题|商品标题|商品名称|产品名称|无标题|无名称|未命名|新商品|新产品|新建商品|默认标题|请输入标题|请填写|敬请期待|即将上线|勿拍|请勿拍|"
    "请勿下单|测试勿拍|测试专用|测试链接|内部测试|示例商品"
)
# quotes and brackets around it, and stops behind it
_AROUND = r"[\s\pZ'\"`()\[\]<>{}（）【】《》「」『』“”‘’*.,;:!。，；：！~]*"
_TEMPLATES = r"(?:\{\{|\$\{|<%|\[\[).*|%[sd]|\[object [a-z0-9]{2,40}\]"
# of marks alone; but what an encoding wrote for letters that it lost (????, □□) is damage of the text
_NO_LETTER = r"[\s\pZ\pP\pS]+"
_LOST = "[?□▯▢◻■〓¿\ufffd]"
_TEST_NUMBER = (
    "(?:test|dummy|测试)[ _-]?(?:product|item|title|listing|商品|产品|标题|链接|数据)?[ _-]?[0-9]{0,4}|"
    # of testers: "QA automation product 7", "load test item", 压测专用商品3
    "(?:(?:qa|uat|e2e)(?:[ _-](?:automat(?:ion|ed)|tests?|testing|team|regression|smoke|load|only))*|"
    "(?:(?:automat(?:ion|ed)|regression|smoke|load|stress|performance|integration|unit|internal|staging)[ _-])+tests?(?:ing)?)"
    "[ _-](?:product|item|title|listing|sku|data|order)s?[ _-]?#?[0-9]{0,6}|"
    "(?:压测|压力测试|自动化(?:测试)?|回归测试|冒烟测试|性能测试|联调(?:测试)?|内部测试|线上测试|测试)(?:专?用|专属)?的?(?:商品|产品|宝贝|链接|数据|标题|货品)[ _-]?[0-9]{0,6}"
)
_MAX_WORDS = 20  # that are compared one by one
# the whole of it says that it is no product: "TEST do not buy", "for testing only, please ignore"
_NOT_FOR_SALE = (
    "(?:(?:this is |just )?(?:a )?(?:test|testing|dummy)(?: (?:product|item|listing|only))?[ ,.:;!_-]*)?"
    "(?:please )?(?:do not|don'?t|not to) (?:buy|order|use|purchase|publish|sell|ship|delete)(?: (?:this|it|me))?|"
    "(?:for )?(?:testing|tests?)(?: purposes?)?(?: only)?[ ,.:;!-]*(?:please ignore)?|"
    "(?:test|(?:这是)?(?:一个)?测试(?:商品|产品|宝贝|链接|专用|数据|用)*)[ ,.:;，。：；、！!_-]*(?:请?(?:勿|不要|别)(?:拍|下单|购买|买)[ ,，。！!]*)+"
)
# what a designer, a finger on the keys or a program's button left
_LEFT_OVER = (
    r"lorem ipsum.*|(?:asdf|qwer|zxcv)(?:gh?|jkl|ty|[asdfqwerzxcv]*)[0-9]{0,4}|"
    r"copy of (?:(?:a |the |new |untitled |sample )?(?:product|item|listing|title)(?: name| title)?|untitled)[ _-]*\(?[0-9]{0,3}\)?|"
    r"(?:product|item|listing|商品|产品|宝贝)(?: name| title|名称|标题)?[ _-]*[(（]?(?:copy|副本|复制|拷贝)[ _-]*[0-9]{0,3}[)）]?"
)
_MAX_BYTES = 120  # of such a word in its quotes; a longer cell needs no second look


NO_VALUE = (
    "'', '-', '--', 'n/a', 'na', '#n/a', 'null', '(null)', 'nil', 'nan', 'undefined', 'unknown', 'tbd', 'tba', 'tbc', '?', '??', "
    "'#value!', '#ref!', '#name?', '#div/0!', '#null!', '#num!', 'n.a.', 'to be confirmed', 'to be added', "
    "'not specified', 'not set', 'no data', 'no value', 'see description', 'see details', 'see picture', '无', '未知', '暂无', '待定', '不详', "
    "'待补充', '待填写', '未填写', '未填', '空值', '缺失', '请填写', '请选择', '见详情', '见详情页', '详见详情页', '详情页', '见描述', '见图', '如图', '以实物为准'"
)
"""SQL, a list: what people and spreadsheets write into an attribute when they have no value, in lower case.

Not "none" and "not available", which are values of features (duplex printing: none)."""


def is_null_id(column: str) -> str:
    """SQL that is true where an id is a word for null, or a template that nobody filled in; null where it is null."""
    is_word = _matches(column, _NONE, _TESTS, _SIGNS, _IDS, _HASHES, patterns=(_ZEROS, _CLIENTS))
    return f"({is_word} OR starts_with({column}, 'Mozilla/'))"  # most are longer than any word


def is_null_query(column: str) -> str:
    """The same for what was searched for: only what programs write; a test is none, and a sign may be meant."""
    return _matches(column, "|".join(word for word in _NONE.split("|") if word.isascii()))


def is_null_review(column: str) -> str:
    """The same for what a visitor wrote: what a program put there instead; "none" or 无 may be an answer."""
    is_word = _matches(column, _PROGRAMS, patterns=(_VARIABLES,))
    return f"({is_word} OR starts_with(lower(left({column}, 12)), 'lorem ipsum'))"


def is_null_label(column: str) -> str:
    """The same for a country, a language, a device: NA is Namibia and nan is Min Nan."""
    words = (word for word in _NONE.split("|") if word not in ("na", "nan", "nat"))
    return _matches(column, "|".join(words), _SIGNS)


def is_null_text(column: str) -> str:
    """The same for the name of a brand, or a description."""
    return _matches(column, _NONE, _SIGNS)


def is_null_title(column: str) -> str:
    """The same for a title: also tests, what stands for a title, and a title without a letter or a number."""
    is_word = _matches(
        column, _NONE, _TESTS, _SIGNS, _TITLES, patterns=(_TEST_NUMBER, _NOT_FOR_SALE, _LEFT_OVER)
    )
    is_sign = f"regexp_matches({column}, {_literal(f'^{_NO_LETTER}$')})"
    return f"({is_word} OR ({is_sign} AND NOT regexp_matches({column}, {_literal(_LOST)})))"


def words_of(found: Sequence[str], column: str, pattern: str) -> str:
    """SQL that is true where an id or a query is one of the words for null that its column holds.

    Args:
        found: the distinct values of the column that ``pattern`` matches.
        pattern: SQL for any value; that of many words is no slower than they are.
    """
    if len(found) > _MAX_WORDS:
        return pattern
    listed = ", ".join(map(sql_text, found))
    return f"{column} IN ({listed})" if found else "false"


def may_be_null_id(ranges: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a value between two others can be a word for null of ids or queries: "v17" to "v99" cannot.

    Args:
        ranges: least and greatest value, inclusive, as UTF-8.
    """
    return any(
        low[: len(begins)] <= begins <= high[: len(begins)]
        for low, high in ranges
        for begins in _BEGINNINGS
    ) or any(not low or high[0] >= 0x80 for low, high in ranges)


def _beginnings() -> frozenset[bytes]:
    """What such a word begins with in ASCII, in any case: two letters of a word, a quote, a bracket or a space."""
    listed = (_NONE, _TESTS, _SIGNS, _IDS, _PROGRAM_NAMES)
    words = {word[:2] for words in listed for word in words.split("|")}
    cases = {
        a + b
        for w in words
        if w
        for a in {w[0].lower(), w[0].upper()}
        for b in {w[1:].lower(), w[1:].upper()}
    }
    around = {chr(code) for code in range(128) if not chr(code).isalnum()}
    # a hash as a whole: ids such as e17 begin with two of its letters
    begins = (*cases, *around, "00", *_HASHES.split("|"), *_HASHES.upper().split("|"))
    return frozenset(text.encode() for text in begins if text.isascii())


_BEGINNINGS = _beginnings()


def _matches(column: str, *lists: str, patterns: tuple[str, ...] = ()) -> str:
    """One pattern for all: its automaton leaves nearly every cell at the first or second letter."""
    words = {word for words in lists for word in words.split("|")}
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    inner = "|".join([*map(re.escape, longest_first), *patterns])
    pattern = f"(?is)^(?:{_AROUND}(?:{inner}){_AROUND}|{_TEMPLATES})$"
    return f"(strlen({column}) <= {_MAX_BYTES} AND regexp_matches({column}, {_literal(pattern)}))"


def _literal(text: str) -> str:
    """An SQL text in a predicate, which is formatted with the settings of its step: braces are doubled."""
    return sql_text(text).replace("{", "{{").replace("}", "}}")
