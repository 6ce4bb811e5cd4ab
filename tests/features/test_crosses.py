"""Names as keys, crosses and buckets."""

from __future__ import annotations

import itertools

import numpy as np

from baihuo.features.transforms.fitted import NO_KEY, buckets, cross, cross_key, cross_keys


def test_a_key_never_changes_between_versions() -> None:
    # Tables in bundles are sorted by these numbers: another hash would make every lookup miss.
    assert cross_key("Acme") == 13911726433600670790
    assert cross_keys(["", None])[0] == cross_keys(["", None])[1] == NO_KEY


def test_a_cross_tells_all_combinations_apart_and_counts_their_order() -> None:
    brands, surfaces = [f"brand {i}" for i in range(300)], ["search", "home", "similar"]
    pairs = list(itertools.product(brands, surfaces))
    made = cross([cross_keys(b for b, _ in pairs), cross_keys(s for _, s in pairs)])
    turned = cross([cross_keys(s for _, s in pairs), cross_keys(b for b, _ in pairs)])
    assert len({*made.tolist(), *turned.tolist()}) == 2 * len(pairs)


def test_a_missing_part_is_a_combination_of_its_own() -> None:
    with_none = cross([cross_keys(["", "Acme"]), cross_keys(["phones", ""])])
    alone = cross_keys(["phones", "Acme"])
    assert len({*with_none.tolist(), *alone.tolist()}) == 4


def test_hashing_fills_buckets_evenly() -> None:
    n, width = 64_000, 64
    counts = np.bincount(buckets(cross_keys(f"q{i}" for i in range(n)), width), minlength=width)
    chi_squared = float(((counts - n / width) ** 2 / (n / width)).sum())
    assert chi_squared < 104  # the 0.999 quantile for 63 degrees of freedom
