"""The fixed benchmark: what the models reach on one small shop, in bands. A change that leaves them fails the build.

The shop is the one of this folder (seed 3, 400 products, 60,000 events). Bands are the mean of six trainings with different seeds (7, 11 to 15), and
four of their standard deviations to each side, at least 0.01: another machine, or a library of another version, moves a figure as a seed does. Purchases have
so few visitors (72, of new products 59) that the mean of three seeds is held, and its standard deviation is a single training's over √3. Above a band
is a failure too: a figure that jumps up has more often seen its answers than learned more. A change that is meant to move a figure moves its band, with the reason
in a page of docs/decisions.
"""

from __future__ import annotations

from statistics import mean

import pytest

from baihuo.train import (
    NextItemTraining,
    PurchaseTraining,
    TrainResult,
    train_next_items,
    train_purchases,
)
from baihuo.train.next_item import stage

from .conftest import Shop

CLICKS = {"auc": (0.814, 0.834), "log_loss": (0.173, 0.193), "ece": (0.0, 0.015)}
BEST_ORDER = {"home": (0.555, 0.595), "search": (0.663, 0.706), "similar": (0.653, 0.751)}
"""nDCG@10 of the blend of all click models, by surface."""
PURCHASES = {
    "all": {"recall20": (0.531, 0.601), "ndcg20": (0.366, 0.402)},
    "new": {"recall20": (0.360, 0.461), "ndcg20": (0.179, 0.239)},
}
NEXT_ITEM = {"recall10": (0.504, 0.564), "ndcg10": (0.309, 0.358)}
"""Of a short training, which is surely above every baseline: a longer one reaches 0.559 and 0.364 in five times the time."""


def inside(value: float, band: tuple[float, float]) -> bool:
    return band[0] <= value <= band[1]


def test_probabilities_of_clicks_are_in_their_bands(trained: TrainResult) -> None:
    measured = {name: trained.report["clicks"][name] for name in CLICKS}
    outside = {n: v for n, v in measured.items() if not inside(v, CLICKS[n])}
    assert not outside, f"bands: {CLICKS}"


def test_orders_by_clicks_are_in_their_bands_and_no_baseline_is(trained: TrainResult) -> None:
    blend = next(name for name, model in trained.models.models.items() if hasattr(model, "parts"))
    for surface, band in BEST_ORDER.items():
        reached = {x.system: x.ndcg10 for x in trained.comparison.lines if x.surface == surface}
        assert inside(reached[blend], band), f"{surface}: {reached}"
        for baseline in ("popularity", "own", "item_knn", "bm25"):
            assert reached.get(baseline, 0.0) < band[0], f"the band of {surface} is too wide"


@pytest.mark.slow(reason="the three trainings of purchases that are held to figures")
def test_purchases_are_in_their_bands(shop: Shop) -> None:
    measured: dict[str, dict[str, list[float]]] = {
        mode: {name: [] for name in bands} for mode, bands in PURCHASES.items()
    }
    for seed in (7, 11, 12):
        training = PurchaseTraining(seed=seed)
        found = train_purchases(
            shop.tables, events=shop.events, products=shop.products, training=training, threads=1
        )
        for line in found.report["judged"]:
            if "vs" not in line:
                continue
            for name, reached in measured[line["mode"]].items():
                reached.append(line[name])
    for mode, bands in PURCHASES.items():
        for name, band in bands.items():
            reached = measured[mode][name]
            assert inside(mean(reached), band), f"{mode} {name}: {reached}"


def test_next_items_are_in_their_bands(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "_MIN_SEQUENCES", 100)  # the shop has 179
    training = NextItemTraining(max_steps=800, longest=1, effort=0.15)
    found = train_next_items(
        shop.tables,
        shop.generation,
        events=shop.events,
        products=shop.products,
        training=training,
        threads=1,
    )
    ours = found.report["judged"][-1]
    for name, band in NEXT_ITEM.items():
        assert inside(ours[name], band), f"{name}: {ours[name]}"
        for line in found.report["judged"][:-1]:
            assert line[name] < band[0], f"the band of {name} is too wide: {line}"
