"""Past questions with what a person answered: what a re-ranker learns from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from baihuo.assist.knowledge.authors import AuthorModel

Utterance = tuple[str, bool]
"""A line, and whether the shop wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPair:
    """What was said before an answer of the shop, oldest first, and the answer."""

    utterances: tuple[Utterance, ...]
    answer: str  # its messages, a line each
    conversation: str  # pairs of one conversation are never on both sides of a split
    is_earlier: bool = False  # taken out of what was said before another answer


def earlier_pairs(pair: PastPair) -> Iterator[PastPair]:
    """The answers of the shop within the context of a pair, each with what was said before it."""
    lines = pair.utterances
    at = 1
    while at < len(lines) - 1:
        if not lines[at][1] or lines[at - 1][1]:
            at += 1
            continue
        end = at
        while end < len(lines) and lines[end][1]:
            end += 1
        answer = "\n".join(text for text, _ in lines[at:end])
        yield replace(pair, utterances=lines[:at], answer=answer, is_earlier=True)
        at = end


def with_authors(
    lines: Sequence[Sequence[str]], authors: AuthorModel
) -> list[tuple[Utterance, ...]]:
    """Lines of conversations that do not say who wrote them, with the likeliest author of each."""
    return [
        tuple(zip(conversation, authors.by_shop(conversation), strict=True))
        for conversation in lines
    ]


def joined_conversations(
    pairs: Sequence[PastPair], shared: Iterable[Iterable[str]]
) -> list[PastPair]:
    """The same pairs, those that share a rare text or reference in one conversation.

    Args:
        pairs: one each.
        shared: for each pair, the keys that only its conversation has; a key of many pairs joins none.
    """
    owners: dict[str, list[int]] = {}
    for at, keys in enumerate(shared):
        for key in set(keys):
            owners.setdefault(key, []).append(at)
    parent = list(range(len(pairs)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for rows in owners.values():
        if len(rows) <= _MOST_OF_ONE:
            for other in rows[1:]:
                parent[root(other)] = root(rows[0])
    return [replace(p, conversation=str(root(at))) for at, p in enumerate(pairs)]


_MOST_OF_ONE = 4  # pairs: a line that more of them have is the shop's phrase, not one conversation
