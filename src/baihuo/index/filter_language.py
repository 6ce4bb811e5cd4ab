"""The filter language: ``brand:nike AND price:[100 TO 500] AND NOT color:red``, read by recursive descent.

::

    filter  = part ("OR" part)*
    part    = factor ("AND" factor)*
    factor  = "NOT" factor | "(" filter ")" | field ":" values
    values  = value | "(" value ("OR" value)* ")"
    value   = word | quoted | "*" | "[" (word | quoted | "*") "TO" (word | quoted | "*") "]"
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache
from typing import NamedTuple, TypeAlias, TypeVar

from baihuo.core import BadInput, fold

MAX_VALUES, MAX_DEPTH = 100, 20
_MAX_MINOR = 2**53 - 1
_KEYWORDS, _ANY = ("AND", "OR", "NOT", "TO"), "*"
_EXAMPLE = 'such as brand:nike AND price:[100 TO 500] AND NOT "color":red'
_RANGE = "write a range as [100 TO 500] or [100 TO *]"
_SHOWN = 60  # characters of the filter on each side of the error
# Signs and quotes as a Chinese keyboard writes them, too.
_SIGNS = {"：": ":", "（": "(", "）": ")", "［": "[", "］": "]", "【": "[", "】": "]"}
_TOKEN = re.compile(
    r'\s*(?:(?P<sign>[()\[\]:：（）［］【】])|(?P<quoted>["“”＂](?:\\.|[^\\"“”＂])*["“”＂])|(?P<word>[^\s()\[\]:：（）［］【】"“”＂]+))',
    re.DOTALL,
)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,9})?|-?\.\d{1,9}")
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")


class BadFilter(BadInput):
    """A filter that cannot be read, or that names a field which no product has.

    ``at`` is the 0-based index of the character in ``text``; messages count from 1.
    """

    field = "filter"

    def __init__(self, text: str, at: int, problem: str, *, fix: str) -> None:
        lines = caret_lines(text, at)
        super().__init__(f"the filter is wrong at character {at + 1}: {problem}\n{lines}", fix=fix)
        self.text, self.at, self.problem = text, at, problem


def caret_lines(text: str, at: int) -> str:
    """The text and, below it, a caret under the character ``at``; long texts are cut around it.

    A Chinese character is twice as wide as a letter, and so is the space below it.

    >>> print(caret_lines("brand:(a", 6))
      brand:(a
            ^
    """
    start, end = max(0, at - _SHOWN), at + _SHOWN
    shown = "".join(c if c.isprintable() else " " for c in text[start:end])
    head, tail = "…" if start else "", "…" if end < len(text) else ""
    before = head + shown[: at - start]
    below = "".join("\u3000" if unicodedata.east_asian_width(c) in "WF" else " " for c in before)
    return f"  {head}{shown}{tail}\n  {below}^"


# The syntax tree.


@dataclass(frozen=True, slots=True)
class Exact:
    """One value."""

    text: str
    at: int = field(default=0, compare=False)  # 0-based index of its first character


@dataclass(frozen=True, slots=True)
class Between:
    """A range with both ends; None: open."""

    low: Exact | None
    high: Exact | None
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Anything:
    """``*``: the field has a value."""

    at: int = field(default=0, compare=False)


Value: TypeAlias = Exact | Between | Anything


@dataclass(frozen=True, slots=True)
class Term:
    """A field that has one of the values."""

    name: str
    values: tuple[Value, ...]
    is_quoted: bool = False  # a quoted name is always that of an attribute
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """What the inner part does not hold for."""

    inner: Node


@dataclass(frozen=True, slots=True)
class Joined:
    """Several parts, none of which is joined by the same word."""

    word: str  # "AND" or "OR"
    parts: tuple[Node, ...]


Node: TypeAlias = Term | Not | Joined


def joined(word: str, parts: Sequence[Node]) -> Node:
    """Parts that AND or OR joins, without nesting; neighbours of one field in an OR become a term with several values."""
    out = list[Node]()
    for part in parts:
        for one in part.parts if isinstance(part, Joined) and part.word == word else (part,):
            last = out[-1] if out and word == "OR" else None
            if (
                isinstance(one, Term)
                and isinstance(last, Term)
                and (one.name, one.is_quoted) == (last.name, last.is_quoted)
            ):
                values = tuple(dict.fromkeys((*last.values, *one.values)))
                out[-1] = Term(last.name, values, last.is_quoted, last.at)
            else:
                out.append(one)
    return out[0] if len(out) == 1 else Joined(word, tuple(out))


def to_text(node: Node) -> str:
    """The text of a tree: reading it gives the same tree."""
    if isinstance(node, Term):
        name = _quoted(node.name) if node.is_quoted else node.name
        values = " OR ".join(map(_value_text, node.values))
        return f"{name}:{values}" if len(node.values) == 1 else f"{name}:({values})"
    if isinstance(node, Not):
        inner = to_text(node.inner)
        return f"NOT ({inner})" if isinstance(node.inner, Joined) else f"NOT {inner}"
    texts = (f"({to_text(p)})" if isinstance(p, Joined) else to_text(p) for p in node.parts)
    return f" {node.word} ".join(texts)


def _value_text(value: Value) -> str:
    if isinstance(value, Exact):
        return word_or_quoted(value.text)
    if isinstance(value, Anything):
        return _ANY
    ends = (_ANY if end is None else word_or_quoted(end.text) for end in (value.low, value.high))
    return f"[{' TO '.join(ends)}]"


def word_or_quoted(text: str) -> str:
    """The text of a value, in quotes where it needs them."""
    match = _TOKEN.fullmatch(text)
    is_word = match is not None and match["word"] == text and text.isprintable()
    return text if is_word and text not in _KEYWORDS and _ANY not in text else _quoted(text)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def conjuncts(tree: Node) -> tuple[Node, ...]:
    """The conditions that must all hold."""
    return tree.parts if isinstance(tree, Joined) and tree.word == "AND" else (tree,)


def conditions_of(text: str) -> list[str]:
    """The texts of the conditions of a filter that must all hold; none without text.

    Raises:
        BadFilter: it cannot be read.
    """
    return [to_text(part) for part in conjuncts(parse_filter(text))] if text else []


# The parser.


class _Token(NamedTuple):
    kind: str  # "word", "quoted", "end", or a sign
    text: str
    at: int  # 0-based index of its first character


def _tokens_of(text: str) -> list[_Token]:
    tokens, at = list[_Token](), 0
    while found := _TOKEN.match(text, at):
        kind, typed, at = str(found.lastgroup), found[found.lastgroup or 0], found.end()
        start = at - len(typed)
        if kind == "sign":
            kind = typed = _SIGNS.get(typed, typed)
        elif kind == "quoted":
            typed = re.sub(r"\\(.)", r"\1", typed[1:-1], flags=re.DOTALL)
        elif not typed.isprintable():
            start += next(i for i, c in enumerate(typed) if not c.isprintable())
            problem = f"the character U+{ord(text[start]):04X} cannot be read"
            raise BadFilter(text, start, problem, fix="leave it out")
        tokens.append(_Token(kind, typed, start))
    if rest := text[at:].lstrip():
        fix = 'add a closing "; write a quote inside as \\"'
        raise BadFilter(text, len(text) - len(rest), "this quote is not closed", fix=fix)
    return [*tokens, _Token("end", "", len(text))]


@lru_cache(maxsize=1_024)
def parse_filter(text: str) -> Node:
    """The tree of a filter.

    Raises:
        BadFilter: it cannot be read.
    """
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text, self._tokens, self._next = text, _tokens_of(text), 0
        self._n_values, self._depth = 0, 0

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def whole(self) -> Node:
        node, token = self._any_of(), self._token
        if token.kind == "end":
            return node
        if self._is_word("and", "or", "And", "Or"):
            fix = f"write it as {token.text.upper()}"
            raise self._wrong(f"{token.text!r} is no operator", fix=fix)
        if token.kind in ("word", "quoted", "("):
            raise self._wrong(
                "two conditions, or two words of a value, stand beside each other",
                fix="write AND or OR between conditions, and a value of several words in quotes",
            )
        raise self._wrong(f"nothing here opened {token.text!r}", fix="leave it out")

    def _several(self, word: str, one: Callable[[], Node]) -> Node:
        parts = [one()]
        while self._takes(word):
            parts.append(one())
        return joined(word, parts)

    def _any_of(self) -> Node:
        return self._several("OR", lambda: self._several("AND", self._factor))

    def _factor(self) -> Node:
        token = self._token
        if token.kind != "(" and not self._is_word("NOT"):
            return self._term()
        if self._depth == MAX_DEPTH:
            raise self._wrong(f"more than {MAX_DEPTH} levels", fix="write it with fewer brackets")
        self._depth += 1
        self._advance()
        if token.kind == "(":
            node = self._any_of()
            self._closes(token, ")", "a ) or AND or OR belongs here", fix="close the bracket")
        else:
            node = Not(self._factor())
        self._depth -= 1
        return node

    def _term(self) -> Term:
        token = self._token
        if token.kind not in ("word", "quoted") or self._is_word(*_KEYWORDS):
            after = f", not {token.text!r}" if token.text else ""
            fix = f"write field:value, {_EXAMPLE}"
            raise self._wrong(f"a condition belongs here{after}", fix=fix)
        if self._tokens[self._next + 1].kind != ":":
            problem = f"no : follows {token.text!r}, so it has no value"
            fix = "write field:value; words to search for are the query text q"
            raise self._wrong(problem, fix=fix)
        self._next += 2
        return Term(token.text, self._values(), token.kind == "quoted", token.at)

    def _values(self) -> tuple[Value, ...]:
        if self._token.kind != "(":
            return (self._value(),)
        opened, values = self._advance(), [self._value()]
        while self._takes("OR"):
            values.append(self._value())
        fix = 'write field:(a OR b), and a value of several words in quotes: field:("a b" OR c)'
        self._closes(opened, ")", "values in brackets are joined by OR", fix=fix)
        return tuple(dict.fromkeys(values))

    def _value(self) -> Value:
        self._n_values += 1
        if self._n_values > MAX_VALUES:
            raise self._wrong(f"more than {MAX_VALUES} values", fix="name fewer values")
        if self._is_word(_ANY):
            return Anything(self._advance().at)
        if self._token.kind != "[":
            return self._exact("a value belongs here")
        opened, low = self._advance(), self._end_of_range()
        if not self._takes("TO"):
            raise self._wrong("TO belongs here", fix=_RANGE)
        high = self._end_of_range()
        self._closes(opened, "]", "a ] belongs here", fix=_RANGE)
        return Between(low, high, opened.at)

    def _end_of_range(self) -> Exact | None:
        if self._takes(_ANY):
            return None
        return self._exact("an end of the range, or *, belongs here")

    def _exact(self, wanted: str) -> Exact:
        token, is_keyword = self._token, self._is_word(*_KEYWORDS)
        if token.kind not in ("word", "quoted") or is_keyword:
            raise self._wrong(
                wanted, fix="put it in quotes, if it is one" if is_keyword else "add it"
            )
        if token.kind == "word" and _ANY in token.text:
            raise self._wrong(
                f"{_ANY} stands alone, for any value or an open end of a range",
                fix="name the whole value; put it in quotes, if the * belongs to it",
                at=token.at + token.text.index(_ANY),
            )
        self._advance()
        return Exact(token.text, token.at)

    def _is_word(self, *texts: str) -> bool:
        return self._token.kind == "word" and self._token.text in texts

    def _takes(self, word: str) -> bool:
        is_next = self._is_word(word)
        self._next += is_next
        return is_next

    def _closes(self, opened: _Token, sign: str, problem: str, *, fix: str) -> None:
        if self._token.kind == "end":
            raise self._wrong("this bracket is not closed", fix=f"add a {sign}", at=opened.at)
        if self._token.kind != sign:
            raise self._wrong(problem, fix=fix)
        self._advance()

    def _advance(self) -> _Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _wrong(self, problem: str, *, fix: str, at: int | None = None) -> BadFilter:
        return BadFilter(self._text, self._token.at if at is None else at, problem, fix=fix)


# Values that are no text. ``text`` is the whole filter; each raises BadFilter at the value.

Span: TypeAlias = tuple[int | None, int | None]
"""The lowest and the highest number that pass; None: no limit."""


def is_true(text: str, value: Exact) -> bool:
    """A yes or no."""
    folded = fold(value.text)
    if folded not in (*_TRUE, *_FALSE):
        problem = f"{value.text!r} is neither true nor false"
        raise BadFilter(text, value.at, problem, fix="write true or false")
    return folded in _TRUE


def decimal_of(text: str) -> Decimal | None:
    """The plain number that a text is; None if it is none."""
    plain = fold(text)
    return Decimal(plain) if plain.isascii() and _NUMBER.fullmatch(plain) else None


def number_span(text: str, value: Exact | Between) -> tuple[Decimal | None, Decimal | None]:
    """A number, or a range of numbers."""

    def number(end: Exact) -> Decimal:
        found = decimal_of(end.text)
        if found is None:
            problem, fix = f"{end.text!r} is not a number", "write digits, such as 100 or 19.99"
            raise BadFilter(text, end.at, problem, fix=fix)
        return found

    return _span(text, value, lambda end: (number(end), number(end)))


def minor_span(text: str, value: Exact | Between, n_digits: int) -> Span:
    """A price, or a range of prices, of whole units, in minor units."""
    low, high = number_span(text, value)
    for end, found in zip(_ends(value), (low, high), strict=True):
        if end is not None and found is not None and found < 0:
            problem = f"{end.text!r} is below 0, and no price is"
            raise BadFilter(text, end.at, problem, fix="write 0 or more")

    def minor(amount: Decimal | None, rounding: str) -> int | None:
        if amount is None:
            return None
        return min(int((amount * 10**n_digits).to_integral_value(rounding=rounding)), _MAX_MINOR)

    return minor(low, ROUND_CEILING), minor(high, ROUND_FLOOR)


def time_span(text: str, value: Exact | Between) -> Span:
    """A day, month or year, or a range of them, both ends included, in microseconds of UTC."""

    def period(end: Exact) -> tuple[int, int]:
        found = _DATE.fullmatch(fold(end.text))
        try:
            if found is None:
                raise ValueError
            year, month, day = (None if part is None else int(part) for part in found.groups())
            first = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
            if day is not None:
                return _micros(first), _micros(first) + 86_400_000_000 - 1
            months = (year or 0) * 12 + (12 if month is None else month)
            return _micros(first), _micros(
                datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
            ) - 1
        except ValueError:
            problem, fix = f"{end.text!r} is not a date", "write 2026, 2026-11 or 2026-11-26"
            raise BadFilter(text, end.at, problem, fix=fix) from None

    return _span(text, value, period)


def _micros(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000


def _ends(value: Exact | Between) -> tuple[Exact | None, Exact | None]:
    return (value, value) if isinstance(value, Exact) else (value.low, value.high)


Number = TypeVar("Number", int, Decimal)


def _span(
    text: str, value: Exact | Between, read: Callable[[Exact], tuple[Number, Number]]
) -> tuple[Number | None, Number | None]:
    """The first number of the low end and the last one of the high end; the range must not be empty."""
    low, high = (None if end is None else read(end) for end in _ends(value))
    if low is not None and high is not None and low[0] > high[0]:
        first, last = (end.text for end in _ends(value) if end is not None)
        problem = f"the range is empty: {first} is above {last}"
        raise BadFilter(text, value.at, problem, fix=f"write [{last} TO {first}]")
    return None if low is None else low[0], None if high is None else high[1]
