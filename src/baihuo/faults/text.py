"""Faults in what shoppers read: damaged text, and measures in the wrong unit."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeAlias

from baihuo.faults.attributes import attributes_of, write_attributes
from baihuo.faults.cells import cell_faults
from baihuo.faults.dataset import Dataset, Faults, Row

_SERVICE = (
    "Free shipping within 3 days.",
    "We accept returns within 30 days of delivery.",
    "Please contact us before leaving feedback!",
    "Click here to visit our store for more offers.",
)
_SERVICE_ZH = (
    "全场包邮，48小时内发货。",
    "支持七天无理由退换货！",
    "有问题请先联系客服，收藏本店优先发货。",
)
# attribute: its unit in this shop, and other ways to say one of it
_UNITS: dict[str, tuple[str, tuple[tuple[str, float], ...]]] = {
    "Storage": ("GB", ((" GB", 1), ("GB", 1), ("G", 1), (" MB", 1024))),
    "Memory": ("GB", ((" GB", 1), ("GB", 1), (" MB", 1024))),
    "Screen size": ("inch", (("″", 1), ('"', 1), ("英寸", 1), (" cm", 2.54), (" inches", 1))),
    "Battery": ("mAh", ((" mAh", 1), (" Ah", 0.001))),
    "Volume": ("ml", ((" ml", 1), ("毫升", 1), (" L", 0.001), (" cl", 0.1))),
    "Weight": ("g", (("g", 1), (" kg", 0.001), ("克", 1), ("公斤", 0.001), ("斤", 0.002))),
    "Net weight": ("kg", ((" kg", 1), (" g", 1000), ("斤", 2))),
    "Diameter": ("cm", ((" cm", 1), (" mm", 10), ("厘米", 1))),
    "Blade": ("cm", (("cm", 1), (" mm", 10))),
    "Thickness": ("mm", ((" mm", 1), (" cm", 0.1))),
    "Power": ("W", (("W", 1), (" kW", 0.001), ("瓦", 1))),
    "Capacity": ("L", ((" L", 1), ("升", 1), (" ml", 1000))),
}
_ALSO = {
    "mixed_units": ("title_contradicts_attribute",),
    "unit_form": ("mixed_units",),
}
_SLIPS = {
    "Storage": 1024.0,
    "Memory": 1024.0,
    "Volume": 0.001,
    "Weight": 0.001,
    "Power": 0.001,
    "Diameter": 10.0,
    "Thickness": 0.1,
    "Capacity": 1000.0,
    "Screen size": 2.54,
    "Blade": 10.0,
    "Net weight": 1000.0,
}

FAULTS = Faults(cell_faults("text"))


@FAULTS.add(
    "swapped_languages", "swapped_languages", needs="products with a Chinese and an English title"
)
def _swapped(dataset: Dataset, n: int) -> None:
    for row in dataset.pick("products", n, when=_has_both):
        row["title_en"], row["title_zh"] = row["title_zh"], row["title_en"]
        if dataset.rng.random() < 0.3:
            row["title_zh"] = None  # and the other one was never filled in
        if dataset.rng.random() < 0.5 and row.get("description_en") and row.get("description_zh"):
            row["description_en"], row["description_zh"] = (
                row["description_zh"],
                row["description_en"],
            )
        dataset.label(row, "swapped_languages")


def _has_both(row: Row) -> bool:
    zh, en = row.get("title_zh") or "", row.get("title_en") or ""
    return sum("\u4e00" <= c <= "\u9fff" for c in zh) >= 8 and len(en.split()) >= 4


@FAULTS.add(
    "wrong_language", "wrong_language", needs="products with a Chinese and an English title"
)
def _untranslated(dataset: Dataset, n: int) -> None:
    for row in dataset.pick("products", n, when=_has_both):
        source, target = dataset.rng.choice((("title_zh", "title_en"), ("title_en", "title_zh")))
        row[target] = row[source]
        dataset.label(row, "wrong_language")


def _boilerplate(dataset: Dataset, n: int, field: str, sentences: tuple[str, ...]) -> None:
    count = sum(bool(row.get(field)) for row in dataset.products)
    sentence = dataset.rng.choice(sentences)
    n = max(n, 30, count // 80)  # a template is on many pages or it is none
    gap = "" if field.endswith("zh") else " "
    for row in dataset.pick("products", n, when=lambda r: r.get(field)):
        parts = (sentence, row[field]) if dataset.rng.random() < 0.5 else (row[field], sentence)
        row[field] = gap.join(parts)
        dataset.label(row, "boilerplate", cells=(field,))


for _field, _sentences in (("description_en", _SERVICE), ("description_zh", _SERVICE_ZH)):
    FAULTS.add(
        f"boilerplate: {_field}", "boilerplate", is_certain=False, needs=f"products with {_field}"
    )(partial(_boilerplate, field=_field, sentences=_sentences))


Spoil: TypeAlias = Callable[[Dataset, Row, str, float], Any]
"""Makes a wrong value of a row's attribute, which is a number; None where it cannot."""


def _attribute(
    check: str, *, is_certain: bool = False, only: tuple[str, ...] = tuple(_UNITS)
) -> Callable[[Spoil], Spoil]:
    """Register a wrong value of one attribute, in categories where enough products have it to know better.

    The unit of a bare number must be written somewhere: where no title of the category has it, as in many real
    catalogues, nobody can say that grams are the wrong one.
    """
    needs_unit = check in ("unit_form", "unit_slip")
    needs = (
        "categories where 50 products have a measure as a number (weight, volume, screen size, …)"
    )

    def register(spoil: Spoil) -> Spoil:
        @FAULTS.add(check, check, is_certain=is_certain, needs=needs)
        def apply(dataset: Dataset, n: int) -> None:
            n_with: Counter[tuple[Any, str]] = Counter()
            titled: Counter[tuple[Any, str]] = Counter()
            for r in dataset.products:
                title = (r.get("title_en") or "").lower().replace(" ", "")
                for k, number in _measures(r, only).items():
                    n_with[r.get("category"), k] += 1
                    titled[r.get("category"), k] += (
                        f"{_plain(number)}{_UNITS[k][0]}".lower() in title
                    )

            def keys(row: Row) -> list[str]:
                category = row.get("category")
                return [
                    k
                    for k in _measures(row, only)
                    if n_with[category, k] >= 50
                    and (not needs_unit or titled[category, k] >= 0.3 * n_with[category, k])
                ]

            spoiled: Counter[tuple[Any, str]] = Counter()
            for row in dataset.pick("products", 20 * n, when=keys):
                key = dataset.rng.choice(keys(row))
                slot = row.get("category"), key
                number = _measures(row, only)[key]
                if sum(spoiled.values()) >= n or spoiled[slot] * 25 >= n_with[slot] or not number:
                    continue
                value = spoil(dataset, row, key, number)
                if value is not None:
                    spoiled[slot] += 1
                    write_attributes(row, {**attributes_of(row), key: value})
                    dataset.label(row, check, also=_ALSO.get(check, ()))

        return spoil

    return register


def _measures(row: Row, names: Iterable[str]) -> dict[str, float]:
    """Those of these attributes that are numbers."""
    held = attributes_of(row)
    numbers = {k: held[k] for k in names if isinstance(held.get(k), int | float)}
    return {k: float(v) for k, v in numbers.items() if not isinstance(v, bool) and math.isfinite(v)}


def _plain(number: float) -> str:
    return f"{round(number, 6):g}" if number < 100_000 else str(int(number))


@_attribute("unit_form")
def _other_unit(dataset: Dataset, row: Row, key: str, number: float) -> str:
    behind, times = dataset.rng.choice(_UNITS[key][1])
    return _plain(number * times) + behind


@_attribute("number_form", is_certain=True)
def _other_number(dataset: Dataset, row: Row, key: str, number: float) -> str:
    text = _plain(number)
    if "." in text and dataset.rng.random() < 0.7:
        return text.replace(".", ",")
    return (
        text.translate({ord("0") + i: ord("０") + i for i in range(10)})
        if dataset.rng.random() < 0.7
        else text
    )


@_attribute("unit_slip", only=tuple(_SLIPS))
def _slip(dataset: Dataset, row: Row, key: str, number: float) -> float | None:
    return float(_plain(number * _SLIPS[key]))


@_attribute("mixed_units")
def _mixed(dataset: Dataset, row: Row, key: str, number: float) -> str:
    return f"{_plain(number)} {'kg' if _UNITS[key][0] not in ('g', 'kg') else 'ml'}"


@_attribute("title_contradicts_attribute")
def _not_as_titled(dataset: Dataset, row: Row, key: str, number: float) -> float | None:
    unit, title = _UNITS[key][0], (row.get("title_en") or "").lower().replace(" ", "")
    if f"{_plain(number)}{unit}".lower() not in title:
        return None
    same = Counter(
        _measures(r, [key]).get(key)
        for r in dataset.products
        if r.get("category") == row.get("category")
    )
    others = [
        v for v, n in same.items() if v and n >= 20 and f"{_plain(v)}{unit}".lower() not in title
    ]
    return dataset.rng.choice(others) if others else None
