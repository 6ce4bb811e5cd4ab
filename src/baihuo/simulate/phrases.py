"""The forms in which people type a limit, a size, a gender, a measure; and the order they put them in."""

from __future__ import annotations

import random
import re

from baihuo.simulate.intents import Typed
from baihuo.simulate.vocabulary import Vocabulary

_LIMIT = {
    "en": ("under {n}", "under {n}", "under ¥{n}", "below {n}", "less than {n}", "up to {n} yuan"),
    "zh": ("{n}元以下", "{n}元以下", "{n}元以内", "{n}块以内", "{n}以内", "不超过{n}元"),
}
_SIZE = {
    "shoe": {"en": ("size {n}", "{n}", "eu {n}"), "zh": ("{n}码", "{n}码", "{n}号")},
    "clothes": {"en": ("{n}", "{n}", "size {n}"), "zh": ("{n}", "{n}码", "{n}号")},
}
_GENDER = {  # before the kind, after the kind
    ("en", "women"): (("women's", "womens", "ladies"), ("women", "for women")),
    ("en", "men"): (("men's", "mens"), ("men", "for men")),
    ("zh", "women"): (("女士", "女款", "女"), ("女", "女款")),
    ("zh", "men"): (("男士", "男款", "男"), ("男", "男款")),
}
# A number with its unit as titles write it, and other ways to write the unit.
_MEASURE = re.compile(r"(\d+(?:\.\d+)?) ?(\D+)")
_UNITS: dict[str, dict[str, tuple[str, ...]]] = {
    "mah": {"zh": ("毫安", "mah", "毫安时"), "en": ("mah", " mah")},
    "kg": {"en": ("kg", " kg")},
    "公斤": {"zh": ("公斤", "kg", "千克")},
    "升": {"zh": ("升", "l")},
    "l": {"en": ("l", " l", " litre")},
    "ml": {"zh": ("ml", "毫升"), "en": ("ml", " ml")},
    "g": {"zh": ("g", "克"), "en": ("g", " g")},
    "英寸": {"zh": ("寸", "英寸")},
    "寸": {"zh": ("寸", "英寸")},
    "inch": {"en": (" inch", '"', " in", "inch")},
    "gb": {"zh": ("g", "gb"), "en": ("gb", " gb")},
    "w": {"zh": ("w", "瓦"), "en": ("w", " w")},
    "cm": {"zh": ("cm", "厘米"), "en": ("cm", " cm")},
    "pcs": {"en": ("pcs", " pcs", " pack")},
}
_COLOUR = re.compile("([黑白银灰红粉橙黄绿蓝紫棕])色")
P_PRICE_FIRST = {"en": 0.1, "zh": 0.5}
P_BRAND_FIRST = 0.75
P_GENDER_BEFORE = {"en": 0.5, "zh": 0.6}
P_GAP = 0.3  # of a space between Chinese words


def text_of(typed: Typed, vocabulary: Vocabulary, rng: random.Random) -> str:
    """``typed`` as a person writes it, without typos: Chinese mostly runs together, English has spaces."""
    language = typed.language
    first: list[str] = []
    last: list[str] = []
    wishes = [_form(w, language, rng) for w in typed.words if w not in typed.word]
    rng.shuffle(wishes)
    if typed.gender and not _says_gender(typed, vocabulary):
        before, after = _GENDER[language, typed.gender]
        if rng.random() < P_GENDER_BEFORE[language]:
            wishes.append(rng.choice(before))
        else:
            last.append(rng.choice(after))
    if typed.brand_index >= 0:
        name = vocabulary.brands[typed.brand_index].name.of(language).lower()
        (first if rng.random() < P_BRAND_FIRST else last).append(name)
    if typed.size:
        last.append(
            rng.choice(_SIZE["shoe" if typed.size.isdigit() else "clothes"][language]).format(
                n=typed.size
            )
        )
    if typed.max_price_minor:
        limit = rng.choice(_LIMIT[language]).format(n=typed.max_price_minor // 100)
        if rng.random() < P_PRICE_FIRST[language]:
            first.insert(0, f"{limit}的" if language == "zh" and rng.random() < 0.5 else limit)
        else:
            last.append(limit)
    word = typed.word.replace("-", " ") if rng.random() < 0.4 else typed.word
    if language == "en":
        return " ".join([*first, *wishes, word, *last])
    gap = " " if rng.random() < P_GAP else ""
    head = gap.join([*first, *wishes, word])
    return " ".join([head, *last]) if rng.random() < 0.7 else "".join([head, *last])


def _says_gender(typed: Typed, vocabulary: Vocabulary) -> bool:
    """Whether the word for the kind already says it: 女鞋."""
    return any(b.gender and typed.word in b.typed[typed.language] for b in vocabulary.broader)


def _form(word: str, language: str, rng: random.Random) -> str:
    """One of the ways to write a wish that a title writes as ``word``."""
    if language == "zh" and _COLOUR.fullmatch(word):
        return word[0] if rng.random() < 0.15 else word
    measure = _MEASURE.fullmatch(word)
    units = _UNITS.get(measure[2].strip(), {}).get(language) if measure else None
    return f"{measure[1]}{rng.choice(units)}" if measure and units else word
