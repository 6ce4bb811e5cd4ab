"""The words, signs and quoted texts of a filter."""

from __future__ import annotations

from dataclasses import dataclass

from baihuo.index.filter_language.bad_filter import BadFilter
from baihuo.index.filter_language.expression import FULL_WIDTH, QUOTES, SIGNS, is_word_character

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
