"""Text to index terms: English stems, Chinese words; the same for titles and queries.

Latin runs are tokenised, folded and stemmed by tantivy's analyser; Han runs by jieba's dictionary
(rjieba), after folding traditional characters to simplified.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import accumulate, pairwise
from typing import Any

from baihuo.core import fold
from baihuo.index.traditional import to_simplified

_HAN_RUN = re.compile(r"([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+)")
_COMPOUND = re.compile(r"(?<![a-z0-9])[a-z0-9]++(?:[-./'’][a-z0-9]++)+")
_WORD = re.compile(r"[^\W_]+")
_LONGEST_COMPOUND = 24

BIGRAM = "\u2063"  # an invisible mark that keeps character pairs apart from words


def index_terms(text: str) -> list[str]:
    """The index terms of a text in reading order; extra terms (compounds, character pairs) come last.

    >>> index_terms("Brother TN-2110 toners")
    ['brother', 'tn', '2110', 'toner', 'tn2110']
    >>> index_terms("智能手机壳")[:5]
    ['智能', '能手', '手机', '智能手机', '壳']
    """
    folded = to_simplified(fold(text))
    terms: list[str] = []
    extras: list[str] = []
    for run, is_han in _runs(folded):
        if is_han:
            terms.extend(_jieba().cut_for_search(run))
            extras.extend(BIGRAM + run[i : i + 2] for i in range(len(run) - 1))
        else:
            terms.extend(_analyser().analyze(run))
            for match in _COMPOUND.finditer(run):
                compound = re.sub(r"[^a-z0-9]", "", match.group())
                if len(compound) <= _LONGEST_COMPOUND:
                    extras.append(compound)
    return terms + extras


_HEADS_EN = frozenset(
    "case cover sleev bag backpack briefcas pouch holster stand holder mount cradl charger cabl cord "
    "strap protector film skin lock roller tray bracket pad".split()
)  # stems
_HEADS_ZH = frozenset(
    "壳 套 膜 包 袋 架 支架 座 绳 带 垫 保护壳 保护套 贴膜 钢化膜 数据线 充电器 挂绳".split()
)


def visible(text: str) -> str:
    r"""A typed text without characters that cannot be seen: zero-width spaces, marks of direction, control characters.

    >>> visible("ke\u200bttle\x00red")
    'kettle red'
    """
    if text.isprintable():
        return text
    kinds = ((c, unicodedata.category(c)) for c in text)
    return "".join(" " if kind == "Cc" else "" if kind == "Cf" else c for c, kind in kinds)


def modifiers(title: str) -> frozenset[str]:
    """Terms of a title that only say what an accessory is for: the words just before its noun.

    A word that also occurs elsewhere in the title is not among them.

    >>> sorted(modifiers("Kensington Laptop Sleeve, black"))
    ['laptop']
    >>> "手机" in modifiers("轻壳 磁吸手机壳 黑色"), "手机" in modifiers("脉冲 5G手机 白色")
    (True, False)
    """
    purpose: set[str] = set()
    others: set[str] = set()
    for run, is_han in _runs(to_simplified(fold(title))):
        words = list(_jieba().cut(run)) if is_han else _analyser().analyze(run)
        heads = _HEADS_ZH if is_han else _HEADS_EN
        for i, word in enumerate(words):
            terms = _jieba().cut_for_search(word) if is_han else [word]
            is_for = i + 1 < len(words) and words[i + 1] in heads and word not in heads
            (purpose if is_for else others).update(terms)
    return frozenset(purpose - others)


def query_words(text: str) -> list[str]:
    """The distinct words of a query as terms, in order.

    >>> query_words("gaming mice, 手機殼")
    ['game', 'mice', '手机', '壳']
    """
    folded = to_simplified(fold(text))
    words: list[str] = []
    for run, is_han in _runs(folded):
        words.extend(_jieba().cut(run) if is_han else _analyser().analyze(run))
    return list(dict.fromkeys(words))


def latin_stems(text: str) -> list[str]:
    """The stems of a folded text without Chinese characters, in order, repeated ones too."""
    return list(_stems(text))


@lru_cache(maxsize=65_536)  # titles repeat their words
def _stems(text: str) -> tuple[str, ...]:
    return tuple(_analyser().analyze(text))


def latin_words(folded: str) -> list[str]:
    """The words of a folded text outside its Chinese characters, as written."""
    return [w for run, is_han in _runs(folded) if not is_han for w in _WORD.findall(run)]


def han_word_ends(run: str) -> list[int]:
    """Where the words of a run of Chinese characters end, in characters.

    >>> han_word_ends("磁吸手机壳")
    [2, 4, 5]
    """
    return list(accumulate(len(word) for word in _jieba().cut(run)))


def plain_han_word_ends(run: str) -> list[int]:
    """The same by the dictionary alone, without words that are only guessed from their characters.

    >>> han_word_ends("床包组"), plain_han_word_ends("床包组")
    ([1, 3], [1, 2, 3])
    """
    return list(accumulate(len(word) for word in _jieba().cut(run, False)))


def single_han(run: str) -> list[int]:
    """Places in a run of Chinese characters of those that are in no longer word of the dictionary.

    >>> single_han("怎么开发瓢"), single_han("运废怎么算")
    ([4], [0, 1, 4])
    """
    ends = plain_han_word_ends(run)
    return [end - 1 for start, end in pairwise([0, *ends]) if end - start == 1]


def han_words(folded: str) -> Iterable[tuple[int, str]]:
    """The Chinese words of a folded text, each with its place.

    >>> list(han_words("nike 女鞋 38"))
    [(5, '女鞋')]
    """
    for run in _HAN_RUN.finditer(folded):
        at = run.start()
        for word in _jieba().cut(run.group()):
            yield at, word
            at += len(word)


@lru_cache(maxsize=65_536)  # a query asks for those of the same words many times
def stem(word: str) -> str:
    """The term of one Latin word."""
    return next(iter(_analyser().analyze(word)), word)


def bigrams(word: str) -> list[str]:
    """The marked pairs of characters of a Chinese word: they match where the word is segmented differently."""
    return [BIGRAM + word[i : i + 2] for i in range(len(word) - 1)]


def phrase_terms(phrase: str) -> list[str]:
    """The terms that a product with a phrase has: stems, and pairs of Chinese characters."""
    words = query_words(phrase)
    return [t for word in words for t in (is_han(word) and bigrams(word)) or [word]]


def is_bigram(term: str) -> bool:
    """Whether a term is a marked pair of characters."""
    return term.startswith(BIGRAM)


def is_han(term: str) -> bool:
    """Whether a term is Chinese."""
    return _HAN_RUN.match(term) is not None


def _runs(folded: str) -> Iterable[tuple[str, bool]]:
    for i, run in enumerate(_HAN_RUN.split(folded)):
        if run and not run.isspace():
            yield run, i % 2 == 1


@cache
def _analyser() -> Any:
    import tantivy

    filters = (
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stemmer("English"),
    )
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in filters:
        builder = builder.filter(step)
    return builder.build()


@cache
def _jieba() -> Any:
    import rjieba

    return rjieba
