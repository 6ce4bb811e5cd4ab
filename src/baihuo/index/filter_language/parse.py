"""Reads a filter by recursive descent.

::

    filter  = part ("OR" part)*
    part    = factor ("AND" factor)*
    factor  = "NOT" factor | "(" filter ")" | field ":" values
    values  = value | "(" value ("OR" value)* ")"
    value   = word | quoted | "*" | "[" (word | quoted | "*") "TO" (word | quoted | "*") "]"
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from baihuo.index.filter_language.bad_filter import BadFilter
from baihuo.index.filter_language.expression import (
    ANY,
    FULL_WIDTH,
    KEYWORDS,
    QUOTES,
    SIGNS,
    Anything,
    Between,
    Exact,
    Node,
    Not,
    Term,
    Value,
    all_of,
    any_of,
    is_word_character,
)

WORD, QUOTED, END = "word", "quoted", "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One of :data:`WORD`, :data:`QUOTED`, :data:`END`, or a sign."""

    kind: str
    text: str
    at: int  # 0-based index of its first character


def tokens_of(text: str) -> list[Token]:
    """AllOf tokens, the last one an :data:`END`.

    Raises:
        BadFilter: a quote that is not closed, or a control character.
    """
    tokens, at = list[Token](), 0
    while at < len(text):
        character = FULL_WIDTH.get(text[at], text[at])
        if character.isspace():
            at += 1
        elif character in SIGNS:
            tokens.append(Token(character, character, at))
            at += 1
        elif character in QUOTES:
            value, end = _quoted(text, at)
            tokens.append(Token(QUOTED, value, at))
            at = end
        else:
            end = at
            while end < len(text) and is_word_character(text[end]):
                end += 1
            if end == at:
                name = f"U+{ord(character):04X}"
                raise BadFilter(
                    text, at, f"the character {name} cannot be read", fix="leave it out"
                )
            tokens.append(Token(WORD, text[at:end], at))
            at = end
    return [*tokens, Token(END, "", len(text))]


def _quoted(text: str, start: int) -> tuple[str, int]:
    """The text between quotes, and the index after them."""
    value, at = list[str](), start + 1
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text):
            at += 1
        elif text[at] in QUOTES:
            return "".join(value), at + 1
        value.append(text[at])
        at += 1
    raise BadFilter(
        text, start, "this quote is not closed", fix='add a closing "; write a quote inside as \\"'
    )


MAX_VALUES, MAX_DEPTH = 100, 20
_EXAMPLE = 'such as brand:nike AND price:[100 TO 500] AND NOT "color":red'


@lru_cache(maxsize=1_024)
def parse_filter(text: str) -> Node:
    """The tree of a filter.

    Raises:
        BadFilter: it cannot be read.
    """
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text, self._tokens, self._next = text, tokens_of(text), 0
        self._n_values, self._depth = 0, 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def whole(self) -> Node:
        node = self._alternatives()
        token = self._token
        if token.kind == END:
            return node
        if token.kind == WORD and token.text.upper() in ("AND", "OR"):
            raise self._wrong(
                f"{token.text!r} is no operator", fix=f"write it as {token.text.upper()}"
            )
        if token.kind in (WORD, QUOTED, "("):
            raise self._wrong(
                "two conditions, or two words of a value, stand beside each other",
                fix="write AND or OR between conditions, and a value of several words in quotes",
            )
        raise self._wrong(f"nothing here opened {token.text!r}", fix="leave it out")

    def _alternatives(self) -> Node:
        parts = [self._conjunction()]
        while self._takes("OR"):
            parts.append(self._conjunction())
        return any_of(parts)

    def _conjunction(self) -> Node:
        parts = [self._factor()]
        while self._takes("AND"):
            parts.append(self._factor())
        return all_of(parts)

    def _factor(self) -> Node:
        token = self._token
        if token.kind != "(" and not (token.kind == WORD and token.text == "NOT"):
            return self._term()
        if self._depth == MAX_DEPTH:
            raise self._wrong(f"more than {MAX_DEPTH} levels", fix="write it with fewer brackets")
        self._depth += 1
        self._advance()
        node = Not(self._factor()) if token.kind == WORD else self._bracket(token)
        self._depth -= 1
        return node

    def _bracket(self, opened: Token) -> Node:
        node = self._alternatives()
        if self._token.kind == END:
            raise self._wrong("this bracket is not closed", fix="add a )", at=opened.at)
        self._expects(")", "a ) or AND or OR belongs here", fix="close the bracket")
        return node

    def _term(self) -> Term:
        token = self._token
        if token.kind not in (WORD, QUOTED) or self._is_keyword():
            after = f", not {token.text!r}" if token.text else ""
            raise self._wrong(
                f"a condition belongs here{after}", fix=f"write field:value, {_EXAMPLE}"
            )
        self._advance()
        if self._token.kind != ":":
            raise self._wrong(
                f"no : follows {token.text!r}, so it has no value",
                fix="write field:value; words to search for are the query text q",
                at=token.at,
            )
        self._advance()
        return Term(token.text, self._values(), token.kind == QUOTED, token.at)

    def _values(self) -> tuple[Value, ...]:
        if self._token.kind != "(":
            return (self._value(),)
        opened, values = self._advance(), [self._value()]
        while self._takes("OR"):
            values.append(self._value())
        if self._token.kind == END:
            raise self._wrong("this bracket is not closed", fix="add a )", at=opened.at)
        self._expects(
            ")",
            "values in brackets are joined by OR",
            fix='write field:(a OR b), and a value of several words in quotes: field:("a b" OR c)',
        )
        return tuple(dict.fromkeys(values))

    def _value(self) -> Value:
        self._n_values += 1
        if self._n_values > MAX_VALUES:
            raise self._wrong(f"more than {MAX_VALUES} values", fix="name fewer values")
        token = self._token
        if token.kind == "[":
            return self._range()
        if token.kind == WORD and token.text == ANY:
            return Anything(self._advance().at)
        return self._exact("a value belongs here")

    def _range(self) -> Between:
        opened = self._advance()
        low = self._end_of_range()
        if not self._takes("TO"):
            raise self._wrong("TO belongs here", fix="write a range as [100 TO 500] or [100 TO *]")
        high = self._end_of_range()
        if self._token.kind == END:
            raise self._wrong("this bracket is not closed", fix="add a ]", at=opened.at)
        self._expects("]", "a ] belongs here", fix="write a range as [100 TO 500] or [100 TO *]")
        return Between(low, high, opened.at)

    def _end_of_range(self) -> Exact | None:
        if self._token.kind == WORD and self._token.text == ANY:
            self._advance()
            return None
        return self._exact("an end of the range, or *, belongs here")

    def _exact(self, wanted: str) -> Exact:
        token = self._token
        if token.kind == QUOTED:
            self._advance()
            return Exact(token.text, token.at)
        if token.kind != WORD or self._is_keyword():
            fix = "put it in quotes, if it is one" if self._is_keyword() else "add it"
            raise self._wrong(wanted, fix=fix)
        if ANY in token.text:
            raise self._wrong(
                f"{ANY} stands alone, for any value or an open end of a range",
                fix="name the whole value; put it in quotes, if the * belongs to it",
                at=token.at + token.text.index(ANY),
            )
        self._advance()
        return Exact(token.text, token.at)

    def _is_keyword(self) -> bool:
        return self._token.kind == WORD and self._token.text in KEYWORDS

    def _takes(self, keyword: str) -> bool:
        if self._token.kind == WORD and self._token.text == keyword:
            self._advance()
            return True
        return False

    def _expects(self, sign: str, problem: str, *, fix: str) -> None:
        if self._token.kind != sign:
            raise self._wrong(problem, fix=fix)
        self._advance()

    def _advance(self) -> Token:
        token = self._token
        self._next += 1
        return token

    def _wrong(self, problem: str, *, fix: str, at: int | None = None) -> BadFilter:
        return BadFilter(self._text, self._token.at if at is None else at, problem, fix=fix)
