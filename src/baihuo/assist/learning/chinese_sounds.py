"""The sounds of Chinese characters for messages: a table of the common ones, and which sound alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from baihuo.assist.learning.utterance_rows import Utterance
from baihuo.assist.understand.readable import is_han, words_of
from baihuo.assist.understand.text_features import Sounds

_LEVEL_1 = range(16, 56)  # rows of GB 2312 with the 3,755 characters in most use


def sounds_for(texts: Iterable[str]) -> Sounds:
    """The sounds of the common characters and of those of the texts; none where no text is Chinese."""
    own = {c for text in texts for c in text if is_han(c)}
    if not own:
        return Sounds()
    from pypinyin import Style, lazy_pinyin  # half a second to import

    common = {
        bytes((0xA0 + row, 0xA0 + cell)).decode("gb2312", "ignore")
        for row in _LEVEL_1
        for cell in range(1, 95)
    }
    characters = sorted(c for c in common | own if c)
    found = {c: lazy_pinyin(c, style=Style.NORMAL, v_to_u=False)[0] for c in characters}
    return Sounds({c: s for c, s in found.items() if s.isascii() and s.isalpha()})


def alike(sounds: Sounds) -> Mapping[str, Sequence[str]]:
    """Character → others with its sound."""
    by_sound: dict[str, list[str]] = defaultdict(list)
    for character, sound in sounds.of.items():
        by_sound[sound].append(character)
    return {c: [o for o in by_sound[s] if o != c] for c, s in sounds.of.items()}


def in_pinyin(utterance: Utterance, sounds: Sounds, *, spaced: bool) -> Utterance | None:
    """The message typed in pinyin, without entities; None where it is not Chinese throughout."""
    words = words_of(utterance.text.lower())
    if not words or not all(map(is_han, words)):
        return None
    syllables = [s for word in words for s in sounds.spell(word)]
    return Utterance((" " if spaced else "").join(syllables), utterance.intent)
