"""Words that programs and people write where there is nothing: "null", "N/A", "无", "待补充", ``{{visitor_id}}``.

An id of such a word joins rows that have nothing in common, and a title of one names nothing. Only a
cell that is such a word as a whole counts, in any case, quoted or in brackets: "Null Object" is a title.
"""

from __future__ import annotations

_NONE = (
    r"null|nil|none|nan|n/a|#n/a|#na|#null!|#null|#ref!|#ref|#value!|#value|na|n.a|pd.na|nat|undefined|unknown|\n|tbd|tba|todo|"
    "not set|not available|not applicable|not provided|not specified|no value|no data|null null|none none|nullptr|nonetype|"
    "object object|无|空|暂无|没有|未知|不详|待定|待补充|待完善|待填写|待更新|待录入|未填写|未填|未设置|未提供|暂缺|缺失|空值|占位|占位符|なし|未設定|없음"
)
_TESTS = "test|testing|dummy|placeholder|测试"
_SIGNS = "|-|--|---|_|__|?|??|???|/|—|––"  # and nothing at all, once quotes and brackets are off
_IDS = "-1|anonymous|guest|匿名|游客|0000000000000000|00000000-0000-0000-0000-000000000000"
_TITLES = (
    "title|no title|untitled|unnamed|no name|product name|product title|new product|sample product|default title|delete me|"
    "coming soon|to be added|to be completed|do not use|lorem ipsum|asdf|asdfgh|qwerty|xxx|xxxx|"
    "标题|商品标题|商品名称|产品名称|无标题|无名称|未命名|新商品|新产品|新建商品|默认标题|请输入标题|请填写|敬请期待|即将上线|勿拍|请勿拍|"
    "请勿下单|测试勿拍|测试专用|测试链接|内部测试|示例商品"
)
_TRIMMED = " \t\r\n\u00a0\u3000'\"`()[]<>{}（）【】《》「」『』“”‘’*.,;:!。，；：！~"
_MAX_CHARS = 40  # of such a word in its quotes; a longer cell needs no second look
# of marks alone; but what an encoding wrote for letters that it lost (????, □□) is damage of the text
_NO_LETTER = r"^[\s\pZ\pP\pS]+$"
_LOST = "[?□▯▢◻■〓¿\ufffd]"
_TEST_NUMBER = r"^(?:test|dummy|测试)[ _-]?(?:product|item|title|listing|商品|产品|标题|链接|数据)?[ _-]?[0-9]{0,4}$"


def is_null_id(column: str) -> str:
    """SQL that is true where an id is a word for null, or a template that nobody filled in; null where it is null."""
    words = _in(column, _NONE, _TESTS, _SIGNS, _IDS)
    return f"(length({column}) <= {_MAX_CHARS} AND ({words} OR {_is_template(column)}))"


def is_null_text(column: str) -> str:
    """The same for the words of a query or the name of a brand: a test is none, a sign may be meant."""
    return (
        f"(length({column}) <= {_MAX_CHARS} AND ({_in(column, _NONE)} OR {_is_template(column)}))"
    )


def is_null_title(column: str) -> str:
    """The same for a title: also tests, what stands for a title, and a title without a letter or a number."""
    words = _in(column, _NONE, _TESTS, _SIGNS, _TITLES)
    bare = _bare(column)
    patterns = (
        f"regexp_matches({bare}, {_literal(_TEST_NUMBER)}) OR (regexp_matches({bare}, {_literal(_NO_LETTER)}) "
        f"AND NOT regexp_matches({bare}, {_literal(_LOST)}))"
    )
    return (
        f"(length({column}) <= {_MAX_CHARS} AND ({words} OR {patterns} OR {_is_template(column)}))"
    )


def _bare(column: str) -> str:
    return f"lower(trim({column}, {_literal(_TRIMMED)}))"


def _in(column: str, *lists: str) -> str:
    words = sorted({word.strip(_TRIMMED) for words in lists for word in words.split("|")})
    return f"{_bare(column)} IN ({', '.join(map(_literal, words))})"


def _is_template(column: str) -> str:
    starts = ", ".join(map(_literal, ("{{", "${", "<%", "[[")))
    return f"left({column}, 2) IN ({starts}) OR {column} IN ('%s', '%d')"


def _literal(text: str) -> str:
    """An SQL text in a predicate, which is formatted with the settings of its step: braces are doubled."""
    return "'" + text.replace("'", "''").replace("{", "{{").replace("}", "}}") + "'"
