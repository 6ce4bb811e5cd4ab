"""A listing again under another id, and the ways in which a copy is written."""

from __future__ import annotations

import re
from collections.abc import Callable

from baihuo.faults.attributes.reading import attributes_of
from baihuo.faults.dataset import Dataset, Row

_BEFORE = {
    "en": ("[Free Shipping] ", "HOT SALE! ", "100% Genuine ", "【Official Store】", "2024 New "),
    "zh": ("【正品】", "【包邮】", "官方旗舰店 ", "【现货】", "2024新款 "),
}
_AFTER = {
    "en": (" - free shipping", " | In Stock", " (Brand New)"),
    "zh": (" 全国包邮", " 厂家直销"),
}


def is_described(row: Row) -> bool:
    """Whether it says enough that a person would know it again."""
    model, attributes = row.get("model") or "", attributes_of(row)
    return (
        bool(row.get("title_en") or row.get("title_zh"))
        and model != row["product_id"]
        and bool(re.search(r"\d", model))
        and len(attributes) >= 2
        and bool(row.get("price_minor"))
        and len((row.get("title_en") or "one two three four five").split()) >= 5
    )


def copy_of(dataset: Dataset, row: Row) -> Row:
    """The same product under another id, with a little less text: a new row, not yet in the dataset."""
    new = dict(row)
    new["product_id"] = dataset.new_id("again")
    new["codes"] = dataset.rng.choice(([], [f"SKU-{dataset.rng.randint(10_000, 99_999)}"]))
    new["images"] = list(row.get("images") or ())[:-1]
    new["variants"] = "[]"
    new["description_zh" if row.get("description_zh") else "description_en"] = None
    new["price_minor"] = max(1, round(row["price_minor"] * dataset.rng.uniform(0.97, 1.03)))
    return new


def _retitled(row: Row, how: Callable[[str, str], str]) -> None:
    for language in ("en", "zh"):
        title = row.get(f"title_{language}")
        if title:
            row[f"title_{language}"] = how(title, language)


def dressed(dataset: Dataset, row: Row) -> None:
    """A seller's words around it, other punctuation, sometimes full-width or in another case."""
    rng = dataset.rng

    def how(title: str, language: str) -> str:
        if language == "en" and rng.random() < 0.3:
            title = title.upper()
        if rng.random() < 0.3:
            title = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in title)
        before = rng.choice(_BEFORE[language]) if rng.random() < 0.7 else ""
        return before + title + (rng.choice(_AFTER[language]) if rng.random() < 0.5 else "")

    _retitled(row, how)


def reordered(dataset: Dataset, row: Row) -> None:
    """The same words in another order; digits stay with the words they stand by."""

    def how(title: str, language: str) -> str:
        words = title.split(" ")
        cut = dataset.rng.randint(1, max(1, len(words) - 1))
        while 0 < cut < len(words) and words[cut][:1].isdigit():
            cut -= 1
        return " ".join([*words[cut:], *words[:cut]])

    _retitled(row, how)


def mistyped(dataset: Dataset, row: Row) -> None:
    """One letter of one long word is wrong, in one title."""
    language = "en" if row.get("title_en") else "zh"
    words = (row[f"title_{language}"] or "").split(" ")
    brand = (row.get("brand") or "").lower()
    long = [
        i
        for i, w in enumerate(words)
        if w.isascii() and w.isalpha() and len(w) >= 6 and w.lower() not in brand
    ]
    if long:
        at = dataset.rng.choice(long)
        word = words[at]
        i = dataset.rng.randint(1, len(word) - 2)
        words[at] = dataset.rng.choice(
            (
                word[:i] + word[i + 1 :],
                word[:i] + word[i] + word[i:],
                word[:i] + word[i + 1] + word[i] + word[i + 2 :],
            )
        )
        row[f"title_{language}"] = " ".join(words)


def one_language(dataset: Dataset, row: Row) -> None:
    """A shop of one country lists it again in its own language only."""
    if row.get("title_en") and row.get("title_zh"):
        gone = dataset.rng.choice(("en", "zh"))
        row[f"title_{gone}"] = row[f"description_{gone}"] = None
