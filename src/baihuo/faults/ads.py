"""Fraud on ads, among ads that people saw and some clicked: the simulated shop shows none itself."""

from __future__ import annotations

from typing import Any

from baihuo.faults.dataset import HOUR_US, SECOND_US, Dataset, Faults, Row

FAULTS = Faults()


@FAULTS.add("an ad clicked again", "ad_click_again", needs="pages with impressions, to show ads on")
def _again(dataset: Dataset, n: int) -> None:
    """The same ad clicked over and over, before it is shown again."""
    shown: dict[tuple[str, str], list[int]] = {}
    for ad in _sound_ads(dataset):
        shown.setdefault((ad["visitor_id"], ad["product_id"]), []).append(ad["occurred_at_us"])
    clicks = [r for r in dataset.events if r["event_type"] == "ad_click"]
    for row in dataset.some(clicks, max(1, n // 3)):
        at_us = row["occurred_at_us"]
        later = [t for t in shown.get((row["visitor_id"], row["product_id"]), []) if t > at_us]
        for _ in range(dataset.rng.randint(1, 5)):
            at_us += dataset.rng.randint(3, 240) * SECOND_US
            if at_us + 5 * SECOND_US >= min(later, default=at_us + HOUR_US):
                break
            dataset.label(
                _ad(dataset, row, "ad_click", at_us), "ad_click_again", also=("ad_click_fraud",)
            )


def _sound_ads(dataset: Dataset) -> list[Row]:
    """Shown ads; made once for a dataset, on every second page, each ad with a click rate of its own."""
    shown = [r for r in dataset.events if r["event_type"] == "ad_impression"]
    pages: dict[str, Row] = {}
    for row in dataset.events:
        if row["event_type"] == "impression" and row["query_id"] and dataset.is_clean(row):
            pages.setdefault(row["query_id"], row)
    if shown or not pages:
        return shown
    of = {p["product_id"]: p for p in dataset.products if dataset.is_clean(p)}
    known = sorted({r["product_id"] for r in pages.values()} & of.keys())
    ads = {p: dataset.rng.betavariate(2, 60) for p in dataset.some(known, 40)}
    dataset.reserve(*(of[product] for product in ads))
    looks: dict[tuple[str, str], list[tuple[int, int]]] = {}  # from seeing an ad to clicking it
    for query_id in sorted(pages)[::2]:
        like = pages[query_id]
        for i, product in enumerate(dataset.rng.sample(sorted(ads), min(3, len(ads)))):
            at_us = like["occurred_at_us"] + 30_000 * i
            shown.append(
                _ad(dataset, like, "ad_impression", at_us, product_id=product, position=i + 1)
            )
            if dataset.rng.random() < ads[product]:
                later_us = at_us + dataset.rng.randint(2, 40) * SECOND_US
                # who has gone on to another page with the same ad no longer clicks it on the first
                before = looks.setdefault((like["visitor_id"], product), [])
                if all(later_us < start or at_us > end for start, end in before):
                    before.append((at_us, later_us))
                    _ad(dataset, shown[-1], "ad_click", later_us)
    return shown


def _ad(dataset: Dataset, like: Row, event_type: str, at_us: int, **more: Any) -> Row:
    """An event about an ad, of the visitor and page of ``like``."""
    kept = ("visitor_id", "session_id", "query_id", "product_id", "platform", "device", "country")
    row = dict.fromkeys(like) | {k: like[k] for k in kept}
    lag_us = like["received_at_us"] - like["occurred_at_us"]
    row |= {
        "event_id": dataset.new_id("ad"),
        "event_type": event_type,
        "surface": "ads",
        "occurred_at_us": at_us,
    }
    row |= {"received_at_us": at_us + lag_us, **more}
    dataset.reserve(dataset.add(row))
    return row


@FAULTS.add(
    "an ad never shown", "ad_click_not_shown", needs="pages with impressions, to show ads on"
)
def _not_shown(dataset: Dataset, n: int) -> None:
    """A request for the link of an ad that this visitor never had on a page."""
    shown = _sound_ads(dataset)
    seen = {(r["visitor_id"], r["product_id"]) for r in shown}
    ads = sorted({r["product_id"] for r in shown})
    for row in dataset.pick("events", n, "impression"):
        unseen = [a for a in ads if (row["visitor_id"], a) not in seen]
        if not unseen:
            continue
        ad = dataset.rng.choice(unseen)
        seen.add((row["visitor_id"], ad))
        dataset.reserve(row)
        click = _ad(dataset, row, "ad_click", row["occurred_at_us"], product_id=ad, query_id=None)
        dataset.label(click, "ad_click_not_shown", also=("ad_click_fraud",))


@FAULTS.add(
    "a clicker", "ad_click_fraud", is_certain=False, needs="pages with impressions, to show ads on"
)
def _clickers(dataset: Dataset, n: int) -> None:
    """Somebody who loads page after page and clicks most of the ads on it."""
    shown = _sound_ads(dataset)
    for like in dataset.some(shown, max(1, n // 12)):
        visitor, at_us = dataset.new_id("clicker"), like["occurred_at_us"]
        eager = dataset.rng.uniform(0.5, 0.95)
        for _ in range(dataset.rng.randint(30, 90)):
            at_us += dataset.rng.randint(40, 900) * SECOND_US
            fields = {
                "visitor_id": visitor,
                "query_id": dataset.new_id("query"),
                "session_id": None,
            }
            ad = _ad(dataset, dataset.rng.choice(shown), "ad_impression", at_us, **fields)
            dataset.excuse(ad, "bot", "perhaps_bot")
            if dataset.rng.random() < eager:
                click = _ad(dataset, ad, "ad_click", at_us + dataset.rng.randint(1, 9) * SECOND_US)
                dataset.label(click, "ad_click_fraud", also=("bot", "perhaps_bot"))
