"""Measures in another unit or another form, or wrong by a factor."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

from baihuo.faults.attributes.reading import attributes_of, write_attributes
from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault

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


def _plain(number: float) -> str:
    return f"{round(number, 6):g}" if number < 100_000 else str(int(number))


def _numeric(row: Row, key: str) -> float | None:
    value = attributes_of(row).get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _attribute(
    check: str,
    spoil: Callable[[Dataset, Row, str, float], Any],
    *,
    certain: bool,
    only: tuple[str, ...] = tuple(_UNITS),
) -> Fault:
    """A wrong value of one attribute, in categories where enough products have it to know better.

    The unit of a bare number must be written somewhere: where no title of the category has it, as in many real
    catalogues, nobody can say that grams are the wrong one.
    """
    needs_unit = check in ("unit_form", "unit_slip")

    def apply(dataset: Dataset, n: int) -> None:
        n_with: Counter[tuple[Any, str]] = Counter()
        titled: Counter[tuple[Any, str]] = Counter()
        for r in dataset.products:
            title = (r.get("title_en") or "").lower().replace(" ", "")
            for k in only:
                if (number := _numeric(r, k)) is not None:
                    n_with[r.get("category"), k] += 1
                    titled[r.get("category"), k] += (
                        f"{_plain(number)}{_UNITS[k][0]}".lower() in title
                    )

        def keys(row: Row) -> list[str]:
            having = [(row.get("category"), k) for k in only if _numeric(row, k) is not None]
            return [
                k
                for category, k in having
                if n_with[category, k] >= 50
                and (not needs_unit or titled[category, k] >= 0.3 * n_with[category, k])
            ]

        spoiled: Counter[tuple[Any, str]] = Counter()
        for row in dataset.pick(
            "products", 20 * n, lambda r: dataset.is_clean(r) and bool(keys(r))
        ):
            key = dataset.rng.choice(keys(row))
            slot = row.get("category"), key
            number = _numeric(row, key)
            if sum(spoiled.values()) >= n or spoiled[slot] * 25 >= n_with[slot] or not number:
                continue
            value = spoil(dataset, row, key, number)
            if value is not None:
                spoiled[slot] += 1
                write_attributes(row, {**attributes_of(row), key: value})
                dataset.label("products", row, check, also=_ALSO.get(check, ()))

    needs = (
        "categories where 50 products have a measure as a number (weight, volume, screen size, …)"
    )
    return Fault(check, (check,), certain, apply, needs)


def _other_unit(dataset: Dataset, row: Row, key: str, number: float) -> str:
    behind, times = dataset.rng.choice(_UNITS[key][1])
    return _plain(number * times) + behind


def _other_number(dataset: Dataset, row: Row, key: str, number: float) -> str:
    text = _plain(number)
    if "." in text and dataset.rng.random() < 0.7:
        return text.replace(".", ",")
    return (
        text.translate({ord("0") + i: ord("０") + i for i in range(10)})
        if dataset.rng.random() < 0.7
        else text
    )


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


def _slip(dataset: Dataset, row: Row, key: str, number: float) -> float | None:
    return float(_plain(number * _SLIPS[key]))


def _mixed(dataset: Dataset, row: Row, key: str, number: float) -> str:
    return f"{_plain(number)} {'kg' if _UNITS[key][0] not in ('g', 'kg') else 'ml'}"


def _not_as_titled(dataset: Dataset, row: Row, key: str, number: float) -> float | None:
    unit, title = _UNITS[key][0], (row.get("title_en") or "").lower().replace(" ", "")
    if f"{_plain(number)}{unit}".lower() not in title:
        return None
    same = Counter(
        _numeric(r, key) for r in dataset.products if r.get("category") == row.get("category")
    )
    others = [
        v for v, n in same.items() if v and n >= 20 and f"{_plain(v)}{unit}".lower() not in title
    ]
    return dataset.rng.choice(others) if others else None


FAULTS: tuple[Fault, ...] = (
    _attribute("unit_form", _other_unit, certain=False),
    _attribute("number_form", _other_number, certain=True),
    _attribute("unit_slip", _slip, certain=False, only=tuple(_SLIPS)),
    _attribute("mixed_units", _mixed, certain=False),
    _attribute("title_contradicts_attribute", _not_as_titled, certain=False),
)
