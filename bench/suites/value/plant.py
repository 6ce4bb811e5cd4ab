"""Known dirt in a clean log: kinds of different harm, each with the rows as they should be."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Planted:
    """One kind of dirt: rows that came, and the clean rows that stood in their place."""

    name: str
    action: str  # quarantine, repair, merge or note: what a check does with it
    rows: list[Row]
    instead_of: list[Row] = field(default_factory=list)
    field: str | None = None  # of a repair


class Planter:
    """Plants into clean events; every clean row is used at most once."""

    def __init__(self, events: list[Row], seed: int) -> None:
        self.events, self.rng = events, random.Random(f"value:{seed}")
        self.used: set[int] = set()
        self.products = sorted({e["product_id"] for e in events if e["product_id"]})
        self.visitors = sorted({e["visitor_id"] for e in events})
        self._pages: dict[str, list[Row]] = {}
        for event in events:
            if event["query_id"] and event["event_type"] in ("impression", "click"):
                self._pages.setdefault(event["query_id"], []).append(event)
        self._n = 0

    def dose(self, low: float, high: float) -> float:
        """A share, log-uniform: kinds of one name differ in harm between seeds."""
        return float(low * (high / low) ** self.rng.random())

    def free(self, wanted: Callable[[Row], bool], n: int) -> list[Row]:
        """``n`` unused rows that fit; they are used now."""
        fitting = [e for e in self.events if id(e) not in self.used and wanted(e)]
        chosen = self.rng.sample(fitting, min(n, len(fitting)))
        self.used.update(id(e) for e in chosen)
        return chosen

    def new(self, row: Row, **cells: Any) -> Row:
        """A row of its own with other cells."""
        self._n += 1
        return {**row, "event_id": f"planted-{self._n}", "line": 10_000_000 + self._n, **cells}

    def n(self, share: float) -> int:
        return max(1, round(share * len(self.events)))


def plant(events: list[Row], seed: int) -> list[Planted]:
    """All kinds, in doses that the seed draws."""
    p = Planter(events, seed)
    return [make(p) for make in _KINDS]


def _farm(p: Planter) -> Planted:
    """Paid clicks: a few visitors search, and click on the same few products."""
    paid, rows = p.rng.sample(p.products, 5), []
    pages = p.rng.sample(sorted(p._pages), min(len(p._pages), p.n(p.dose(0.002, 0.02))))
    for number, page in enumerate(pages):
        who, query = f"farm{number % 6}", f"farm-q{number}"
        for event in p._pages[page][:6]:
            if event["event_type"] == "impression":
                cells = {"visitor_id": who, "query_id": query, "event_type": "impression"}
                rows.append(p.new(event, **cells))
        first = p.new(
            p._pages[page][0], visitor_id=who, query_id=query, product_id=p.rng.choice(paid)
        )
        rows += [{**first, "event_type": "impression"}, p.new(first, event_type="click")]
    return Planted("click_farm", "note", rows)


def _crawler(p: Planter) -> Planted:
    return crawl(p, low=0.01, high=0.05)


def crawl(p: Planter, *, low: float, high: float) -> Planted:
    """Programs that open products one after the other, whoever they are for; ``low`` to ``high`` of the events."""
    rows, base = [], p.rng.sample(p.events, p.n(p.dose(low, high)))
    for number, event in enumerate(base):
        cells = {"visitor_id": f"crawler{number % 12}", "event_type": "click", "query_id": None}
        rows.append(p.new(event, product_id=p.rng.choice(p.products), **cells))
    return Planted("crawler", "quarantine", rows)


def _scraper(p: Planter) -> Planted:
    """Pages that nobody looked at."""
    rows = []
    pages = p.rng.sample(sorted(p._pages), min(len(p._pages), p.n(p.dose(0.001, 0.03))))
    for number, page in enumerate(pages):
        for event in p._pages[page]:
            if event["event_type"] == "impression":
                cells = {"visitor_id": f"scraper{number % 8}", "query_id": f"scraper-q{number}"}
                rows.append(p.new(event, **cells))
    return Planted("scraper", "quarantine", rows)


def _inverted(p: Planter) -> Planted:
    """A client that reports clicks where there was none, and none where there was one."""
    wanted = p.n(p.dose(0.01, 0.1))
    pages = sorted(p._pages)
    p.rng.shuffle(pages)
    rows: list[Row] = []
    gone: list[Row] = []
    for page in pages:
        if len(rows) >= wanted:
            break
        events = p._pages[page]
        if any(id(e) in p.used for e in events):
            continue
        p.used.update(id(e) for e in events)
        clicked = {e["product_id"] for e in events if e["event_type"] == "click"}
        gone += events
        for event in events:
            if event["event_type"] == "impression":
                rows.append(p.new(event))
                if event["product_id"] not in clicked:
                    rows.append(p.new(event, event_type="click"))
    return Planted("flipped_labels", "quarantine", rows, gone)


def _changed(
    p: Planter, name: str, column: str, share: float, value: Callable[[Row], Any]
) -> Planted:
    is_interest = {"click", "add_to_cart", "purchase"}
    chosen = p.free(lambda e: e["event_type"] in is_interest and bool(e["product_id"]), p.n(share))
    rows = [{**event, column: value(event)} for event in chosen]
    return Planted(name, "repair", rows, chosen, column)


def _wrong_product(p: Planter) -> Planted:
    """A mapping that slipped: another product's id."""
    share = p.dose(0.003, 0.03)
    return _changed(p, "wrong_product", "product_id", share, lambda e: p.rng.choice(p.products))


def _unmapped(p: Planter) -> Planted:
    """Ids of another system: each product has a second name."""
    share = p.dose(0.003, 0.03)
    return _changed(p, "unmapped_product", "product_id", share, lambda e: f"erp-{e['product_id']}")


def _guest(p: Planter) -> Planted:
    """One id for many people."""
    share = p.dose(0.003, 0.03)
    return _changed(
        p, "shared_visitor", "visitor_id", share, lambda e: f"guest{p.rng.randint(0, 2)}"
    )


def _retry(p: Planter) -> Planted:
    """The same fact again: these models count it once."""
    chosen = p.free(lambda e: bool(e["product_id"]), p.n(p.dose(0.002, 0.02)))
    return Planted("retry", "merge", [p.new(e) | {"kept": e} for e in chosen])


def _price(p: Planter) -> Planted:
    """A price that no model here reads."""
    share = p.dose(0.001, 0.01)
    return _changed(
        p, "price_times_100", "price_minor", share, lambda e: (e["price_minor"] or 1) * 100
    )


def _stray(p: Planter) -> Planted:
    """Single clicks that nobody made, on pages that people saw."""
    chosen = p.free(
        lambda e: e["event_type"] == "impression" and bool(e["query_id"]), p.n(p.dose(0.003, 0.03))
    )
    return Planted("stray_click", "note", [p.new(e, event_type="click") for e in chosen])


_KINDS = (
    _farm,
    _inverted,
    _wrong_product,
    _unmapped,
    _guest,
    _crawler,
    _scraper,
    _stray,
    _retry,
    _price,
)
