"""The syntax tree of a filter, and the text of a tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

KEYWORDS = ("AND", "OR", "NOT", "TO")
SIGNS = "()[]:"
QUOTE = '"'
ANY = "*"


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
class AllOf:
    """``AND``."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """``OR``."""

    parts: tuple[Node, ...]


Node: TypeAlias = Term | Not | AllOf | AnyOf


def all_of(parts: list[Node]) -> Node:
    """``AND`` of the parts, without nesting."""
    flat = [p for part in parts for p in (part.parts if isinstance(part, AllOf) else (part,))]
    return flat[0] if len(flat) == 1 else AllOf(tuple(flat))


def any_of(parts: list[Node]) -> Node:
    """``OR`` of the parts, without nesting; terms of one field become one term with several values."""
    flat = [p for part in parts for p in (part.parts if isinstance(part, AnyOf) else (part,))]
    joined: list[Node] = []
    for part in flat:
        last = joined[-1] if joined else None
        if isinstance(part, Term) and isinstance(last, Term) and _same_field(part, last):
            values = tuple(dict.fromkeys((*last.values, *part.values)))
            joined[-1] = Term(last.name, values, last.is_quoted, last.at)
        else:
            joined.append(part)
    return joined[0] if len(joined) == 1 else AnyOf(tuple(joined))


def _same_field(a: Term, b: Term) -> bool:
    return (a.name, a.is_quoted) == (b.name, b.is_quoted)


def to_text(node: Node) -> str:
    """The text of a tree: reading it gives the same tree."""
    if isinstance(node, Term):
        name = _quoted(node.name) if node.is_quoted else node.name
        values = " OR ".join(map(_value_text, node.values))
        return f"{name}:{values}" if len(node.values) == 1 else f"{name}:({values})"
    if isinstance(node, Not):
        return f"NOT {_nested(node.inner)}"
    if isinstance(node, AllOf):
        return " AND ".join(_nested(part) for part in node.parts)
    return " OR ".join(
        f"({to_text(p)})" if isinstance(p, AllOf) else to_text(p) for p in node.parts
    )


def _nested(node: Node) -> str:
    return f"({to_text(node)})" if isinstance(node, AllOf | AnyOf) else to_text(node)


def _value_text(value: Value) -> str:
    if isinstance(value, Exact):
        return word_or_quoted(value.text)
    if isinstance(value, Anything):
        return ANY
    ends = (ANY if end is None else word_or_quoted(end.text) for end in (value.low, value.high))
    return f"[{' TO '.join(ends)}]"


def word_or_quoted(text: str) -> str:
    """The text of a value, in quotes where it needs them."""
    is_word = text and all(is_word_character(c) for c in text)
    return text if is_word and text not in KEYWORDS and ANY not in text else _quoted(text)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(QUOTE, f"\\{QUOTE}")
    return f"{QUOTE}{escaped}{QUOTE}"


FULL_WIDTH = {"：": ":", "（": "(", "）": ")", "［": "[", "］": "]", "【": "[", "】": "]"}
"""Signs as a Chinese keyboard writes them."""
QUOTES = (QUOTE, "“", "”", "＂")


def is_word_character(character: str) -> bool:
    """Whether a value may have the character without quotes."""
    return (
        character not in SIGNS
        and character not in FULL_WIDTH
        and character not in QUOTES
        and not character.isspace()
        and character.isprintable()
    )
