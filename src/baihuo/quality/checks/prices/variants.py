"""One variant whose price is many times that of its sisters.

It is converted where two witnesses confirm one exact value: a sister, and the price of the listing, are this price
times or by 10, 100 or 1000. Else it is a note. Variants that are packs of many pieces cost many times as much: where
numbers of their attributes differ as much as their prices might, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from baihuo.engine import Source
from baihuo.quality.checks.prices.settings import PricesRules
from baihuo.quality.checks.variant_prices import Judged, Variant, judged_variants, old
from baihuo.quality.findings import FindingsStore

_FACTORS = tuple(Fraction(f) ** s for f in (100, 10, 1000) for s in (-1, 1))
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MAX_TIMES = 4.0  # numbers of two variants' attributes: 32 and 128 GB are no slip of a price


def odd_variant_prices(
    findings: FindingsStore, settings: PricesRules
) -> tuple[list[str], dict[str, Source]]:
    """Selects of findings, with their inputs."""

    def judge(variants: list[Variant], listed: int | None) -> Iterator[Judged]:
        prices = [old(v) for v in variants]
        others = [p for p in prices if p] + ([listed] if listed else [])
        for i, price in enumerate(prices):
            if not price:
                continue
            rest = sorted(others[: _at(prices, i)] + others[_at(prices, i) + 1 :])
            if len(rest) < 2 or rest[-1] > settings.unit_slack * rest[0]:
                continue
            times = max(price / rest[-1], rest[0] / price)
            if times < settings.min_ratio or _are_packs(variants, i):
                continue
            converted = _confirmed(price, listed, [p for j, p in enumerate(prices) if p and j != i])
            if converted is None:
                why = f"{times:.3g} times off from its sisters and the listing"
                yield Judged("listing_price_outlier", "note", {i: None}, why)
            else:
                why = "its sisters and the listing cost exactly this"
                yield Judged("listing_price_in_wrong_unit", "repair", {i: converted}, why)

    predicate = (
        f"list_max(prices) >= {settings.min_ratio} * list_min(list_filter(prices, lambda p: p > 0))"
    )
    return judged_variants(findings, "odd_variant_prices", predicate=predicate, judge=judge)


def _at(prices: list[int | None], i: int) -> int:
    """The place of variant ``i`` among those that have a price."""
    return sum(1 for p in prices[:i] if p)


def _confirmed(price: int, listed: int | None, sisters: list[int]) -> int | None:
    """The price in the unit that it was meant in; None where the listing and a sister do not both say so."""
    exact = (price * factor for factor in _FACTORS)
    return next((int(p) for p in exact if p == listed and listed in sisters), None)


def _are_packs(variants: list[Variant], i: int) -> bool:
    """Whether a number of the variant's attributes is several times that of another."""

    def largest(variant: Variant) -> float:
        values = (variant.get("attributes") or {}).values()
        return max((float(n) for v in values for n in _NUMBER.findall(str(v))), default=0.0)

    own, others = largest(variants[i]), [largest(v) for j, v in enumerate(variants) if j != i]
    return any(max(own, o) >= _MAX_TIMES * max(1.0, min(own, o)) for o in others)
