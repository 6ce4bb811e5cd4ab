"""Words that programs and people write where there is nothing: "null", "N/A", "无", "待补充", ``{{visitor_id}}``.

An id of such a word joins rows that have nothing in common, and a title of one names nothing. Only a
cell that is such a word as a whole counts, in any case, quoted or in brackets: "Null Object" is a title.
"""

from __future__ import annotations

import re
import string

from baihuo.engine import sql_text

_PROGRAMS = r"null nil nan nat n/a #n/a #ref! #value! undefined \n".split()
_PEOPLE = "none na n.a unknown tbd 无 空 暂无 没有 未知 不详 待定 待补充 未填写 なし 없음 - -- --- _ ? ?? / —".split()
_PEOPLE += ["", "not set"]  # nothing at all, once quotes and brackets are off
_NOBODY = "-1 anonymous guest test 匿名 游客 测试".split()
_NO_NAME = "test untitled … 测试 无标题 标题".split()
_ZEROS = "0{4,}(?:-0{4,})*"  # of an advertising id that the visitor turned off
# quotes and brackets around it, and stops behind it
_AROUND = r"[\s\pZ'\"`()\[\]<>{}（）【】「」『』“”‘’*.,;:!。，；：！~]*"
_TEMPLATES = r"(?:\{\{|\$\{|<%|\[\[).*|%[sd]|%[a-z]+_[a-z0-9_]+%|\[object [a-z0-9]{2,40}\]"
_LETTERS = string.digits + string.ascii_letters
_MAX_BYTES = 120  # of such a word in its quotes; a longer cell needs no second look

NO_VALUE = ", ".join(sql_text(word) for word in (*_PROGRAMS, *_PEOPLE, "(null)") if word != "none")
"""SQL, a list: what people and programs write into an attribute when they have no value, in lower case.

Not "none", which is a value of features (duplex printing: none)."""


def is_null_id(column: str) -> str:
    """SQL that is true where an id is a word for null, or an unfilled template; null where it is null."""
    return _matches(column, *_PROGRAMS, *_PEOPLE, *_NOBODY, pattern=_ZEROS)


def is_null_typed(column: str) -> str:
    """The same for what a visitor typed: only what programs write; "none", 无 or a sign may be meant."""
    return _matches(column, *(word for word in _PROGRAMS if word != "n/a"))


def is_null_label(column: str) -> str:
    """The same for a country, a language, a device: NA is Namibia and nan is Min Nan."""
    return _matches(column, *(w for w in (*_PROGRAMS, *_PEOPLE) if w not in ("na", "nan", "nat")))


def is_null_text(column: str) -> str:
    """The same for the name of a brand, or a description."""
    return _matches(column, *_PROGRAMS, *_PEOPLE)


def is_null_title(column: str) -> str:
    """The same for a title: also a test, and a word for a title."""
    return _matches(column, *_PROGRAMS, *_PEOPLE, *_NO_NAME)


# not a space of any width, a tab, a control or an invisible character
_HAS_VISIBLE = r"regexp_matches({}, '[^\s\pZ\pC]')"


def _is_blank(column: str) -> str:
    """SQL: nothing that a person sees. A first character of printed ASCII saves the pattern, which is slow."""
    is_other = (
        f"ascii({column}) NOT BETWEEN 33 AND 126"  # NOT (… OR …) would read the pattern for all
    )
    return f"({column} IS NULL OR ({is_other} AND NOT {_HAS_VISIBLE.format(column)}))"


def is_no_id(column: str) -> str:
    return f"({_is_blank(column)} OR {is_null_id(column)})"


def is_no_title(column: str) -> str:
    return f"({_is_blank(column)} OR {is_null_title(column)})"


def _matches(column: str, *words: str, pattern: str = "") -> str:
    """One pattern for all, read only where the first character may begin it: most ids have a letter or digit that none of the words has."""
    first = {word[:1] for word in words} | {pattern[:1]}
    other = [ord(c) for c in _LETTERS if c.lower() not in first]
    starts = [code for code in other if code - 1 not in other]
    ends = [code for code in other if code + 1 not in other]
    may_begin = " AND ".join(
        f"ascii({column}) NOT BETWEEN {low} AND {high}"
        for low, high in zip(starts, ends, strict=True)
    )
    longest_first = sorted(set(words), key=lambda word: (-len(word), word))
    inner = "|".join([*map(re.escape, longest_first), *([pattern] if pattern else [])])
    full = f"(?is)^(?:{_AROUND}(?:{inner}){_AROUND}|{_TEMPLATES})$"
    # a predicate is formatted with the settings of its step: braces are doubled
    literal = sql_text(full).replace("{", "{{").replace("}", "}}")
    return f"({may_begin} AND strlen({column}) <= {_MAX_BYTES} AND regexp_matches({column}, {literal}))"
