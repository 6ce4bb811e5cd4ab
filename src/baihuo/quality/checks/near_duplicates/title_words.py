"""Titles as sets of words that can be compared, and which of them distinguish products.

A word is 64 bits: 62 of a hash, then whether it is a mark, a word that distinguishes products (a number,
a size, a colour, an edition), and whether it is Chinese. Words of languages with spaces stay whole, Chinese becomes pairs
of characters, so neither order nor punctuation counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.quality.checks.runs import numbers_by_text

MARK, HAN = np.uint64(2), np.uint64(1)  # the two lowest bits of a word
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff"
_WORD = re.compile(rf"\n|\d+\.\d+[a-z]*|[{_HAN}]+|[^\W_{_HAN}]+")
_SYMBOLS = {"™": " ", "®": " ", "©": " ", "″": '"', "”": '"'}
_BY_HAN = {
    "毫升": "ml",
    "升": "l",
    "公斤": "kg",
    "千克": "kg",
    "克": "g",
    "厘米": "cm",
    "毫米": "mm",
    "英寸": "inch",
    "寸": "inch",
    "瓦": "w",
    "毫安": "mah",
    "小时": "h",
    "米": "m",
}
_UNITS = (
    "gb|tb|mb|kg|g|mg|ml|l|cm|mm|m|inch|hz|khz|mhz|ghz|kw|w|v|mah|wh|mp|oz|lbs?|ft|pcs|h|dpi|rpm"
)
_SCALED = {"kg": (1000, "g"), "l": (1000, "ml"), "cm": (10, "mm"), "m": (1000, "mm")}
_PLAIN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=\w)['’](?=\w)"), ""),  # men's → mens, so that no size S is left over
    (re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), ""),  # 10,000 → 10000
    (re.compile(r"(?<=\d),(?=\d)"), "."),
    (re.compile(r'(?<=\d) ?(?:"|\'\'|inche?s?\b|in\b)'), "inch"),
    (re.compile(r"(?<=\d) ?[x×*] ?(?=\d)"), "x"),
    (re.compile(rf"(?<=\d) (?=(?:{_UNITS})(?![^\W\d_{_HAN}]))"), ""),
)
_HAN_UNIT = re.compile(rf"(?<=\d) ?({'|'.join(_BY_HAN)})")
_LENGTHS = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)(kg|l|cm|m)(?![^\W_])")
_HAN_COUNT = (
    r"[一二两三四五六七八九十]+(?:件|只|个|包|瓶|盒|支|片|条|双|层|门|座|人|代|斤|袋|罐|套|本)"
)
_HAN_EDITION = r"(?:标准|豪华|青春|旗舰|尊享|经典|基础|进阶|专业|迷你|加大|国际|电竞|学生|儿童)版"


class TitleWords:
    """Makes sets of words of many titles at once, and remembers the spelling of plain words.

    Args:
        says_nothing: Regular expressions of what sellers add to any title; removed first.
        tells_apart: Words that distinguish products: colours, sizes, editions.
    """

    def __init__(self, says_nothing: Sequence[str], tells_apart: Sequence[str]) -> None:
        self.spelling_of: dict[int, str] = {}  # word → its letters; not of words with digits
        self._noise = re.compile("|".join(f"(?:{p})" for p in says_nothing) or r"(?!)")
        folded = [unicodedata.normalize("NFKC", w).casefold() for w in tells_apart]
        self._marks = frozenset(w for w in folded if not _is_han(w))
        han_marks = sorted((w for w in folded if _is_han(w)), key=lambda w: (-len(w), w))
        self._han_marks = re.compile("|".join((_HAN_COUNT, _HAN_EDITION, *han_marks)))
        self._known: dict[str, tuple[int, ...]] = {}

    def __call__(self, texts: Sequence[str | None]) -> pa.ListArray:
        """``[titles]`` sets of words, each in ascending order; an empty one for no title."""
        rows, words = numbers_by_text(self.folded(texts), _WORD, self._words, np.uint64)
        order = np.lexsort((words, rows))
        rows, words = rows[order], words[order]
        is_new = np.ones(len(words), bool)
        is_new[1:] = (words[1:] != words[:-1]) | (rows[1:] != rows[:-1])
        counts = np.bincount(rows[is_new], minlength=len(texts))
        offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), pa.array(words[is_new]))

    def folded(self, texts: Sequence[str | None]) -> str:
        """The titles with one spelling for everything, each ended by a line feed.

        >>> TitleWords(["free shipping"], []).folded(['【Free Shipping】 Ｍug 1.5 L, 17" '])
        '【】 mug 1500ml, 17inch \\n'
        """
        joined = "".join(f"{' '.join(t.split()) if t else ''} \n" for t in texts)
        for symbol, replacement in _SYMBOLS.items():
            joined = joined.replace(symbol, replacement)
        joined = unicodedata.normalize("NFKC", joined).casefold()
        for pattern, new in _PLAIN:
            joined = pattern.sub(new, joined)
        joined = _HAN_UNIT.sub(lambda m: _BY_HAN[m[1]], joined)
        joined = _LENGTHS.sub(_scaled, joined)
        without = self._noise.sub("", joined)
        if without.count("\n") != len(texts):  # a pattern that reaches over the end of a title
            without = "".join(self._noise.sub("", t) + "\n" for t in joined.split("\n")[:-1])
        return without

    def _words(self, text: str) -> tuple[int, ...]:
        """A run of letters is one word, a run of Chinese its pairs and the marks found in it."""
        if text == "\n":
            return ()
        if _is_han(text):  # never from _known: "黑色" as a pair is not "黑色" as a run
            pairs = [text[i : i + 2] for i in range(max(1, len(text) - 1))]
            marks = self._han_marks.findall(text)
            return (*(self._word(p, 1) for p in pairs), *(self._word(m, 3) for m in marks))
        if text in self._known:
            return self._known[text]
        is_mark = len(text) == 1 or text in self._marks or any(c.isdigit() for c in text)
        return (self._word(text, 2 if is_mark else 0),)

    def _word(self, text: str, flags: int) -> int:
        key = f"{text}{flags}" if flags == 3 else text
        if key in self._known:
            return self._known[key][0]
        digest = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")
        word = (digest & ~3) | flags
        if flags < 2:
            self.spelling_of[word] = text
        if flags != 2:  # numbers are too many to remember
            self._known[key] = (word,)
        return word


def _is_han(text: str) -> bool:
    first = text[:1]
    return "\u3040" <= first <= "\u9fff" or "\uf900" <= first <= "\ufaff"


def _scaled(match: re.Match[str]) -> str:
    """1.5l → 1500ml: one unit per kind of measure."""
    times, unit = _SCALED[match[2]]
    return f"{float(match[1]) * times:.10g}{unit}"


def flat(lists: pa.ListArray | pa.ChunkedArray) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """A column of sets as all words concatenated, and where each set starts (and the last ends)."""
    whole = lists.combine_chunks() if isinstance(lists, pa.ChunkedArray) else lists
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks)
    n_words = np.asarray(whole.value_lengths().fill_null(0), np.int64)
    return whole.flatten().to_numpy(), np.concatenate(([0], np.cumsum(n_words)))
