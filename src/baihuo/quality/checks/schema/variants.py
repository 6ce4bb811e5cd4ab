"""Prices of variants that cannot be true. One costs that value: the variant is then sold at its product's price."""

from __future__ import annotations

from collections.abc import Iterator

from baihuo.engine import Source
from baihuo.quality.checks.schema.settings import SchemaRules
from baihuo.quality.checks.variant_prices import Judged, Variant, judged_variants, old
from baihuo.quality.findings import FindingsStore


def bad_variant_prices(
    findings: FindingsStore, settings: SchemaRules
) -> tuple[list[str], dict[str, Source]]:
    """Selects of findings, with their inputs: prices below zero or too large, and an empty price."""
    most = settings.max_price_minor

    def judge(variants: list[Variant], listed: int | None) -> Iterator[Judged]:
        prices = [old(v) for v in variants]
        has_price = (listed or 0) > 0 or any((p or 0) > 0 for p in prices)
        withheld: dict[int, int | None] = {
            i: None
            for i, p in enumerate(prices)
            if p is not None and (p < 0 or p > most or (p == 0 and has_price))
        }
        if withheld:
            why = "no variant is sold at this price; it is withheld until somebody sets it"
            yield Judged("bad_listing_price", "repair", withheld, why)

    predicate = f"list_min(prices) <= 0 OR list_max(prices) > {most}"
    return judged_variants(findings, "bad_variant_prices", predicate=predicate, judge=judge)
