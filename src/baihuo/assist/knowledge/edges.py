"""Words that people put around every answer: "Hello dear, glad to help!", "Please rate my service", 麻烦给个好评. Learned, never listed.

Words at the begin or the end of an answer are such an edge if they stand beside many different texts, are parted from them as a sentence
of their own, and follow questions of every kind. The last is for the caller to say.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from baihuo.core import has_han

Side: TypeAlias = Literal["begin", "end"]
Key: TypeAlias = tuple[str, ...]
IsSpecific = Callable[[Sequence[int]], bool]

_TOKEN = re.compile(r"[a-z0-9'’]+|[\u3400-\u9fff]", re.IGNORECASE)
_PARTED = re.compile(r"[.!?;:。！？；：…~～\n)）]")
_LEAST_LATIN, _LEAST_HAN, _MOST = 2, 4, 30  # tokens: words, or Chinese characters
_MOST_OF_ONE = 0.5  # of the texts beside it, those that go on with one word: else it ends in the middle of a phrase
_PARTED_SHARE = 0.8
_MOST_CUTS = 3  # edges of one answer, one after the other
_LEFT = 6  # characters that an answer keeps


@dataclass(frozen=True, slots=True)
class Cut:
    """An answer without its edges."""

    text: str
    edges: tuple[tuple[Side, str], ...] = ()  # what was cut


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """The edges of a shop's answers, by their words."""

    begins: frozenset[Key] = field(default_factory=frozenset)
    ends: frozenset[Key] = field(default_factory=frozenset)

    @staticmethod
    def learn(lines: Sequence[str], *, fewest: int, is_specific: IsSpecific) -> Edges:
        """Learn them.

        Args:
            lines: of all answers, in their order.
            fewest: different texts that an edge stands beside.
            is_specific: whether the lines of these numbers answer one kind of question: then their words say something.
        """
        first_at: dict[str, int] = {}
        for at, line in enumerate(lines):
            first_at.setdefault(line, at)
        texts = list(first_at)
        at_of = [first_at[text] for text in texts]
        found = {
            side: _learn(texts, at_of, side, fewest=fewest, is_specific=is_specific)
            for side in ("begin", "end")
        }
        return Edges(found["begin"], found["end"])

    def has(self, line: str) -> bool:
        """Whether a line is nothing but an edge."""
        key = tuple(m.group().lower() for m in _TOKEN.finditer(line))
        return key in self.begins or key in self.ends

    def cut(self, line: str) -> Cut:
        """A line without its edges; as it is where hardly anything would be left."""
        text, edges = line, list[tuple[Side, str]]()
        for _ in range(_MOST_CUTS):
            before = text
            for side, known in (("begin", self.begins), ("end", self.ends)):
                rest, edge = _without(text, side, known)  # type: ignore[arg-type]
                if edge and sum(map(str.isalnum, rest)) >= _LEFT:
                    text = rest
                    edges.append((side, edge))  # type: ignore[arg-type]
            if text == before:
                break
        return Cut(text, tuple(edges))


def _learn(
    texts: Sequence[str],
    at_of: Sequence[int],
    side: Side,
    *,
    fewest: int,
    is_specific: IsSpecific,
) -> frozenset[Key]:
    """Grow edges word by word while enough different texts have them."""
    spans = [list(_TOKEN.finditer(text)) for text in texts]
    tokens = [[m.group().lower() for m in of] for of in spans]
    rows: dict[Key, list[int]] = {(): list(range(len(texts)))}
    found: set[Key] = set()
    for size in range(1, _MOST + 1):
        longer: dict[Key, list[int]] = defaultdict(list)
        for of in rows.values():
            for row in of:
                if len(tokens[row]) > size:
                    longer[_edge(tokens[row], size, side)].append(row)
        rows = {key: of for key, of in longer.items() if len(of) >= fewest}
        for key, of in rows.items():
            least = _LEAST_HAN if has_han("".join(key)) else _LEAST_LATIN
            if size < least:
                continue
            beside = Counter(_beside(tokens[row], size, side) for row in of)
            is_one_phrase = beside.most_common(1)[0][1] > _MOST_OF_ONE * len(of)
            n_parted = sum(_is_parted(texts[row], spans[row], size, side) for row in of)
            if is_one_phrase or len(beside) < fewest or n_parted < _PARTED_SHARE * len(of):
                continue
            if not is_specific([at_of[row] for row in of]):
                found.add(key)
    return frozenset(found)


def _edge(tokens: Sequence[str], size: int, side: Side) -> Key:
    return tuple(tokens[:size] if side == "begin" else tokens[-size:])


def _beside(tokens: Sequence[str], size: int, side: Side) -> str:
    return tokens[size] if side == "begin" else tokens[-size - 1]


def _is_parted(text: str, spans: Sequence[re.Match[str]], size: int, side: Side) -> bool:
    """Whether a sentence ends between an edge and the rest."""
    at = size if side == "begin" else len(spans) - size
    return _PARTED.search(text, spans[at - 1].end(), spans[at].start()) is not None


def _without(text: str, side: Side, known: frozenset[Key]) -> tuple[str, str]:
    """The text without its longest edge, and the edge; the text and nothing where it has none."""
    spans = list(_TOKEN.finditer(text))
    tokens = [m.group().lower() for m in spans]
    for size in range(min(_MOST, len(tokens) - 1), 0, -1):
        if _edge(tokens, size, side) not in known or not _is_parted(text, spans, size, side):
            continue
        if side == "begin":
            start = _PARTED.search(text, spans[size - 1].end()).end()  # type: ignore[union-attr]
            while start < spans[size].start() and _PARTED.match(text, start):
                start += 1
            return text[start:].strip(), text[:start].strip()
        end = spans[len(spans) - size].start()
        while end > 0 and not (text[end - 1].isspace() or _PARTED.match(text[end - 1])):
            end -= 1  # a quotation mark before it
        return text[:end].strip(), text[end:].strip()
    return text, ""


def counted(cuts: Iterable[Cut]) -> dict[Side, list[str]]:
    """What was cut, by side."""
    found: dict[Side, list[str]] = {"begin": [], "end": []}
    for cut in cuts:
        for side, edge in cut.edges:
            found[side].append(edge)
    return found
