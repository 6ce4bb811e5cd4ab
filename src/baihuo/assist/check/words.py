"""Words of a text in both scripts, what they mean, and which of them turn a clause round."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from baihuo.assist.check.vocabulary import OPPOSITE, glue, longest, meanings, stem

_TOKEN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_NOT_EN = frozenset("not no never without neither nor none cannot".split())
_NOT_ZH = re.compile(
    r"不支持|不可以|不可|不能|不会|不在|不含|不用|不必|不需|不得|无法|无需|没有|不(?![仅但同管论锈错客]|过(?!期))|没(?!问题)|未(?!来)|(?<!除)非(?!常)|勿|(?<![特分识级类性])别(?![的人])|(?<![毫有])无(?!理由|忧|线|限)"
)
_DENIES_ZH = "不没未无"
_SET_NOT_ZH = re.compile(
    r"不好意思|不锈钢|差不多|能不能|是不是|可不可以|要不要|不然|否则|不超过|不少于|不低于|没问题|无理由|不仅|不但"
)
_SET_NOT_EN = re.compile(
    r"\bnot only\b|\bnot even\b|\bno matter\b|\bno problem\b|\bno more than\b|\bnot more than\b|\bno later than\b|\bno longer than\b|\bno worries\b|\bno\.(?= ?\d)"
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word or a known phrase."""

    text: str
    start: int
    meanings: frozenset[str]
    is_glue: bool = False
    is_negation: bool = False


def words_of(text: str) -> tuple[Word, ...]:
    """Words of a folded text, in order."""
    found: list[Word] = []
    for run in re.finditer(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[^\u3400-\u4dbf\u4e00-\u9fff]+", text):
        is_han = _HAN.match(run.group()) is not None
        found += (
            _chinese(run.group(), run.start()) if is_han else _english(run.group(), run.start())
        )
    return tuple(found)


def _english(text: str, offset: int) -> Iterator[Word]:
    skipped = [(m.start(), m.end()) for m in _SET_NOT_EN.finditer(text)]
    tokens: list[tuple[str, int]] = []
    for match in _TOKEN.finditer(text):
        at = match.start()
        for part in match.group().split("-"):
            tokens.append((part, at))
            at += len(part) + 1
    stems = [stem(word) for word, _ in tokens]
    known, plain = meanings("en"), glue("en")
    at = 0
    while at < len(tokens):
        word, start = tokens[at]
        names, length = _phrase(stems, at, known)
        is_set = any(a <= start < b for a, b in skipped)
        is_not = (word in _NOT_EN and not is_set and length == 1) or OPPOSITE in names
        is_glue = word in plain or stems[at] in plain if length == 1 else bool(names & plain)
        # a word with a meaning of its own keeps it beside those of its group
        yield Word(word, offset + start, (names - {OPPOSITE}) | {stems[at]}, is_glue, is_not)
        for other in range(at + 1, at + length):
            yield Word(
                tokens[other][0], offset + tokens[other][1], frozenset((stems[other],)), True
            )
        at += length


def _phrase(
    stems: list[str], at: int, known: dict[str, frozenset[str]]
) -> tuple[frozenset[str], int]:
    for length in range(min(longest("en"), len(stems) - at), 0, -1):
        names = known.get(" ".join(stems[at : at + length]))
        if names is not None:
            return names, length
    return frozenset(), 1


def _chinese(text: str, offset: int) -> Iterator[Word]:
    kept = [(m.start(), m.end()) for m in _SET_NOT_ZH.finditer(text)]
    for match in _NOT_ZH.finditer(text):
        if not any(a <= match.start() < b for a, b in kept):
            yield Word(match.group(), offset + match.start(), frozenset(), True, True)
    known, plain = meanings("zh"), glue("zh")
    at = 0
    for word in _cut(text):
        names = known.get(word, frozenset()) or _of_parts(word, known, plain)
        is_not = OPPOSITE in names
        bare = {word[1:]} if len(word) > 1 and word[0] in _DENIES_ZH else set()  # 不包 is not 包
        meant = (names - {OPPOSITE}) | {word} | bare
        yield Word(word, offset + at, meant, word in plain, is_not)
        at += len(word)


def _of_parts(word: str, known: dict[str, frozenset[str]], plain: frozenset[str]) -> frozenset[str]:
    """jieba takes 里点 for one word: it means what 点 means."""
    if word in plain:
        return frozenset()
    for cut in range(1, len(word)):
        head, tail = word[:cut], word[cut:]
        for part, other in ((tail, head), (head, tail)):
            if other in plain and part in known and OPPOSITE not in known[part]:
                return known[part]
    return frozenset()


def _cut(text: str) -> Iterator[str]:
    """Known phrases first, the longest, and jieba's words between them."""
    known, most = meanings("zh"), longest("zh")
    at = begin = 0
    while at < len(text):
        for length in range(min(most, len(text) - at), 1, -1):
            if text[at : at + length] in known:
                if begin < at:
                    yield from _jieba().cut(text[begin:at])
                yield text[at : at + length]
                at += length
                begin = at
                break
        else:
            at += 1
    if begin < len(text):
        yield from _jieba().cut(text[begin:])


_JOINING = frozenset("c p r u uj ul uz ug ud uv y e o".split())
"""jieba's tags of conjunctions, prepositions, pronouns and particles."""


@lru_cache(maxsize=4_096)
def joins(word: str) -> bool:
    """Whether a Chinese word only joins others: 然后, 跟. These classes end, unlike verbs and nouns do."""
    if word.isascii():
        return False
    return all(tag in _JOINING for _, tag in _jieba().tag(word))


@lru_cache(maxsize=4_096)
def is_verb(word: str) -> bool:
    """Whether a Chinese word is a verb, by jieba's tags."""
    return all(tag.startswith("v") for _, tag in _jieba().tag(word))


@cache
def _jieba() -> Any:
    import rjieba

    return rjieba
