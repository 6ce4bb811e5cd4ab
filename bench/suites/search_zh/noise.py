"""How a Chinese word is written by mistake or in other letters: by sound, in pinyin, in traditional characters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from suites.search_zh.writing import Noise


def noises(frequency: Mapping[str, int], *, seed: int) -> dict[str, Noise]:
    """Writings by class.

    Args:
        frequency: general word → how often it is written. Typing by sound offers such words and characters.
        seed: of the draws.
    """
    import zhconv

    by_sound = _by_sound(frequency)
    rng = np.random.default_rng(seed)

    def typo(word: str) -> str | None:
        return _alike(word, by_sound, rng)

    def pinyin(word: str) -> str | None:
        return sound(word) if all("\u4e00" <= c <= "\u9fff" for c in word) else None

    return {
        "typo": typo,
        "pinyin": pinyin,
        "traditional": lambda word: str(zhconv.convert(word, "zh-hant")),
    }


def sound(word: str) -> str:
    """Pinyin without tones, as it is typed: ``v`` for ü."""
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(word, style=Style.NORMAL, v_to_u=False))


def _by_sound(frequency: Mapping[str, int]) -> dict[str, list[tuple[str, int]]]:
    """Sound of one character → the characters with it, by the frequency of words that begin or end in them."""
    counts: dict[str, int] = defaultdict(int)
    for word, n in frequency.items():
        for character in {word[0], word[-1]}:
            if "\u4e00" <= character <= "\u9fff":
                counts[character] += n
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for character, n in counts.items():
        found[sound(character)].append((character, n))
    return found


def _alike(
    word: str, by_sound: Mapping[str, Iterable[tuple[str, int]]], rng: np.random.Generator
) -> str | None:
    """The word with one character for another of the same sound, frequent ones most often."""
    for at in rng.permutation(len(word)).tolist():
        others = [(c, n) for c, n in by_sound.get(sound(word[at]), ()) if c != word[at]]
        if others and len(word) > 1:
            shares = np.array([n for _, n in others], np.float64)
            chosen = others[int(rng.choice(len(others), p=shares / shares.sum()))][0]
            return word[:at] + chosen + word[at + 1 :]
    return None
