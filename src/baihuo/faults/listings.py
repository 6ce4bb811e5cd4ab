"""One product listed again under another id, as sellers do; and siblings that only look like it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from baihuo.faults.attributes import attributes_of
from baihuo.faults.dataset import Dataset, Faults, Row

_ALSO = (
    *("likely_duplicate", "same_listing", "shared_code"),
    "lookalike_letters",  # a dress of full-width letters
)
_BEFORE = {
    "en": ("[Free Shipping] ", "HOT SALE! ", "100% Genuine ", "【Official Store】", "2024 New "),
    "zh": ("【正品】", "【包邮】", "官方旗舰店 ", "【现货】", "2024新款 "),
}
_AFTER = {
    "en": (" - free shipping", " | In Stock", " (Brand New)"),
    "zh": (" 全国包邮", " 厂家直销"),
}

_LISTINGS = "listings with title, model, price and two attributes"

FAULTS = Faults()


def _listed_again(
    name: str,
) -> Callable[[Callable[[Dataset, Row], None]], Callable[[Dataset, Row], None]]:
    """Register a way in which a copy of a listing is written."""

    def register(how: Callable[[Dataset, Row], None]) -> Callable[[Dataset, Row], None]:
        @FAULTS.add(name, "near_duplicate", "merged_product", is_certain=False, needs=_LISTINGS)
        def apply(dataset: Dataset, n: int) -> None:
            _excuse_twins(dataset)
            for row in dataset.pick("products", n, when=is_described):
                new = copy_of(dataset, row)
                how(dataset, new)
                if how is not dressed and dataset.rng.random() < 0.3:  # several kinds in one row
                    dressed(dataset, new)
                _label(dataset, new, "near_duplicate", row)
                seen = [e for e in dataset.events if e.get("product_id") == row["product_id"]]
                for event in [e for e in seen if e["event_type"] == "impression"][:3]:
                    if dataset.is_clean(event):  # some visitors came by the second listing
                        event["product_id"], event["variant_id"] = new["product_id"], None
                        dataset.label(event, "merged_product")

        return how

    return register


def _label(dataset: Dataset, new: Row, check: str, row: Row) -> None:
    also = _ALSO if check == "near_duplicate" else ("near_duplicate", *_ALSO)
    dataset.label(dataset.add(new), check, also=also, on=[row])
    dataset.excuse(row, "near_duplicate", *_ALSO)
    dataset.reserve(row)


def _excuse_twins(dataset: Dataset) -> None:
    """The sample shop now and then draws one brand, model and price level twice: nobody could say that
    these are two products, and who reads "one product twice" on their pages is right as well."""
    named: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in dataset.products:
        if row.get("brand") and row.get("model"):
            named[row["brand"], row["model"]].append(row)
    twins = {r["product_id"] for rows in named.values() if len(rows) > 1 for r in rows}
    for row in dataset.products:
        if row["product_id"] in twins:
            dataset.excuse(row, "near_duplicate", "likely_duplicate")
    for event in dataset.events:
        if event["product_id"] in twins:
            dataset.excuse(event, "merged_product", "product_twice")


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


@_listed_again("listed again in other dress")
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


def _retitled(row: Row, how: Callable[[str, str], str]) -> None:
    for language in ("en", "zh"):
        title = row.get(f"title_{language}")
        if title:
            row[f"title_{language}"] = how(title, language)


@_listed_again("listed again in another order")
def reordered(dataset: Dataset, row: Row) -> None:
    """The same words in another order; digits stay with the words they stand by."""

    def how(title: str, language: str) -> str:
        words = title.split(" ")
        cut = dataset.rng.randint(1, max(1, len(words) - 1))
        while 0 < cut < len(words) and words[cut][:1].isdigit():
            cut -= 1
        return " ".join([*words[cut:], *words[:cut]])

    _retitled(row, how)


@_listed_again("listed again with a slip")
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


@_listed_again("listed again in one language")
def one_language(dataset: Dataset, row: Row) -> None:
    """A shop of one country lists it again in its own language only."""
    if row.get("title_en") and row.get("title_zh"):
        gone = dataset.rng.choice(("en", "zh"))
        row[f"title_{gone}"] = row[f"description_{gone}"] = None


@FAULTS.add(
    "listed again in a hurry",
    "likely_duplicate",
    is_certain=False,
    needs=_LISTINGS,
)
def _bare(dataset: Dataset, n: int) -> None:
    """Listed again in a hurry: the title, the brand and the price, and nothing else."""
    for row in dataset.pick("products", n, when=is_described):
        bare = dict.fromkeys(("model", "description_en", "description_zh"))
        new = {**copy_of(dataset, row), **bare, "attributes": "{}", "codes": []}
        _label(dataset, new, "likely_duplicate", row)


@FAULTS.add(
    "the next model",
    "near_duplicate",
    is_certain=False,
    needs=_LISTINGS,
)
def _sibling(dataset: Dataset, n: int) -> None:
    """The next model, in everything else the same: no fault, and no check may report it."""
    for row in dataset.pick("products", n, when=is_described):
        model = row["model"]
        number = re.findall(r"\d+", model)[-1]
        other = str(int(number) + dataset.rng.randint(1, 9))
        new = copy_of(dataset, row)
        new["model"] = other.join(model.rsplit(number, 1))
        for name in ("title_en", "title_zh", "description_en", "description_zh"):
            if new.get(name):
                new[name] = re.sub(rf"(?<!\d){number}(?!\d)", other, new[name])
        titles = (new.get("title_en") or "", new.get("title_zh") or "")
        if titles != (row.get("title_en") or "", row.get("title_zh") or ""):
            dataset.reserve(dataset.add(new))
            dataset.reserve(row)
            # a measure in the title may have become another, too
            dataset.excuse(new, "title_contradicts_attribute")
