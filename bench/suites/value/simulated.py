"""Estimates beside the truth, on shops whose damage is known."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from baihuo.encode import MINILM, Encoders, export_encoders
from baihuo.engine import DuckTables
from baihuo.valuation import (
    ValueOptions,
    beyond_chance,
    category_values,
    interest_values,
    product_vectors,
    read_events,
    read_products,
    value_dirt,
)
from baihuo.valuation.row_values import Encode
from suites.shared.measure import emit
from suites.value.plant import Planter, crawl, plant
from suites.value.shop import CleanShop, clean_shop, write_checked
from suites.value.truth import METRICS, true_costs

_FUTURES = 4  # logs as long as the shop's that the true cost is measured on: on one, money is chance to a third
_FLIPPED = 0.05  # of the products of a shop of its own, which get another category
_FLIPPED_PRODUCTS = 1_500


def costs_of_kinds(work: Path, seeds: list[int], *, n_products: int, n_events: int) -> None:
    """A line a seed and kind, one a seed with the correlations, and their means."""
    found: dict[str, list[float]] = {metric: [] for metric in METRICS}
    for seed in seeds:
        here = work / f"costs-{seed}"
        n_log = n_events // 2
        share = 1 / (1 + _FUTURES)
        n = round(n_log / share)
        shop = clean_shop(here, seed=seed, n_products=n_products, n_events=n, share=share)
        planted = plant(shop.log, seed)
        truth = true_costs(here / "truth", shop, planted)
        checked = write_checked(here / "checked", shop, planted)
        report = value_dirt(
            DuckTables(threads=1), checked, options=ValueOptions(), encode=lambda: _no_vectors
        )
        kinds = {kind.check: kind for kind in report.kinds}
        for one in planted:
            estimates = {m: getattr(kinds[one.name], m).to_json() for m in METRICS}
            costs = {m: truth[one.name][m].to_json() for m in METRICS}
            n = len(one.rows)
            emit(part="cost", seed=seed, kind=one.name, n_rows=n, estimated=estimates, true=costs)
        by_metric = {}
        for metric in METRICS:
            estimated = [beyond_chance(getattr(kinds[p.name], metric)) for p in planted]
            rank = spearmanr([truth[p.name][metric].mid for p in planted], estimated).statistic
            by_metric[metric] = round(float(np.nan_to_num(rank)), 3)
            found[metric].append(by_metric[metric])
        emit(part="rank correlation", seed=seed, **by_metric)
    means = {metric: float(np.mean(values)) for metric, values in found.items()}
    lowest = {f"{metric}_lowest": min(values) for metric, values in found.items()}
    emit(part="rank correlation", n_seeds=len(seeds), asked=0.8, **means, **lowest)


def harmful_rows(work: Path, seeds: list[int], *, n_products: int, n_events: int) -> None:
    """A line a seed and sort of planted rows, and their means."""
    folder = export_encoders(work / "encoders")
    encoder = Encoders.open(folder).get(MINILM)

    def encode(titles: Sequence[str]) -> NDArray[np.float32]:
        return encoder.encode(titles)

    for sort, find in (("bot clicks", _bots), ("wrong category", _categories)):
        precisions = []
        for seed in seeds:
            here = work / f"{sort.replace(' ', '-')}-{seed}"
            precision, k = find(here, seed, encode, n_products, n_events)
            precisions.append(precision)
            emit(part="harmful rows", sort=sort, seed=seed, k=k, precision_at_k=precision)
        mean, lowest = float(np.mean(precisions)), min(precisions)
        n = len(seeds)
        emit(
            part="harmful rows", sort=sort, n_seeds=n, asked=0.9, precision_at_k=mean, lowest=lowest
        )


def _bots(
    work: Path, seed: int, encode: Encode, n_products: int, n_events: int
) -> tuple[float, int]:
    shop = clean_shop(work, seed=seed, n_products=n_products, n_events=n_events // 2, share=0.999)
    planted = crawl(Planter(shop.log, seed), low=0.01, high=0.03)
    log = CleanShop(shop.log + planted.rows, [], shop.products)
    rows = read_events(DuckTables(threads=1), write_checked(work / "checked", log, []), [])
    products = read_products(work / "checked" / "products.parquet", rows.product_ids)
    everything = rows.kind == -1  # nobody knows which rows are bad
    vectors = product_vectors(products, encode)
    values = interest_values(rows, vectors, learned=everything, believed=everything, seed=seed)
    assert values is not None
    bad = {f"1:{row['line']}" for row in planted.rows}
    named = [values.row_id[i] in bad for i in values.worst(len(bad)).tolist()]
    return sum(named) / len(bad), len(bad)


def _categories(
    work: Path, seed: int, encode: Encode, n_products: int, n_events: int
) -> tuple[float, int]:
    shop = clean_shop(work, seed=seed, n_products=_FLIPPED_PRODUCTS, n_events=4_000, share=0.9)
    rng = random.Random(f"flip:{seed}")
    categories = sorted({p["category"] for p in shop.products})
    flipped = rng.sample(range(len(shop.products)), round(_FLIPPED * len(shop.products)))
    for row in flipped:
        product = shop.products[row]
        product["category"] = rng.choice([c for c in categories if c != product["category"]])
    folder = write_checked(work / "checked", shop, [])
    ids = [p["product_id"] for p in shop.products]
    products = read_products(folder / "products.parquet", ids)
    values = category_values(products, product_vectors(products, encode), seed=seed)
    assert values is not None
    bad = set(flipped)
    named = [values.place[i] in bad for i in values.worst(len(bad)).tolist()]
    return sum(named) / len(bad), len(bad)


def _no_vectors(titles: Sequence[str]) -> NDArray[np.float32]:
    return np.ones((len(titles), 2), np.float32)
