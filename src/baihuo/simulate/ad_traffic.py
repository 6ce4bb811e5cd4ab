"""Ads in the log of a sample shop, and five kinds of fraud on them, as a share of their clicks.

Places that brands would buy become ads; who clicks them is decided by the shoppers, as everywhere. Fraud comes on top:

=========  ==================================================================================================
rival      visitors of a competitor click the ads of some brands away, again and again
rank       a click farm clicks a brand's own ads, so that its predicted click rate rises
brush      paid buyers click the ads of their principals, order, and praise
preload    an app follows the ads on the page before anybody has read it
affiliate  a program on a shopper's device clicks an ad just before an order, to be paid for it
=========  ==================================================================================================

The first three are visitors of their own, the last two honest ones with something on their device. How many act, when, how hidden
(other clicks, long stays, carts) is drawn by seed. Kinds follow the general and sophisticated invalid traffic of MRC 2020, Invalid
Traffic Detection and Filtration Guidelines Addendum.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from baihuo.simulate.listings import CURRENCY, DAY_US
from baihuo.simulate.visits import Emit, Truth

AD_PLACES = (2, 5, 9, 14)
P_ADVERTISES = 0.6  # of a brand
FRAUD_SHARE = 0.086  # of all clicks on ads
_SECOND_US, _HOUR_US = 1_000_000, 3_600_000_000
_ABOUT = ("platform", "device", "country", "language")
_PAGES_KEPT, _STAYS_KEPT = 60, 500

Span: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Habit:
    """What visitors of one kind do, each a range that a scheme draws from."""

    visitors: Span
    brands: Span
    pages: Span  # of a visit
    cover: Span  # P(click) of each product of a page that is not a target
    stays: Span  # share of stays as long as shoppers', the others are seconds
    cart: Span
    order: Span  # of what is in the cart
    review: Span


_HABITS = {
    "rival": _Habit((2, 12), (1, 3), (1, 3), (0, 0.06), (0, 0.5), (0, 0.05), (0, 0), (0, 0)),
    "rank": _Habit((10, 60), (1, 2), (1, 2), (0, 0.08), (0.3, 1), (0, 0.2), (0, 0), (0, 0)),
    "brush": _Habit((5, 30), (1, 4), (1, 2), (0.02, 0.1), (0.5, 1), (1, 1), (0.7, 1), (0.4, 0.9)),
}
KINDS = (*_HABITS, "preload", "affiliate")


@dataclass(slots=True)
class _Scheme:
    """Somebody's fraud: who, against or for whom, when, and how well hidden."""

    kind: str
    from_us: int
    to_us: int
    brands: frozenset[str]
    draws: dict[str, float]
    visitors: list[str]
    about: dict[str, dict[str, Any]] = field(default_factory=dict)  # visitor → platform, country, …

    def is_on(self, at_us: int) -> bool:
        return self.from_us <= at_us < self.to_us


@dataclass(slots=True, eq=False)
class AdTraffic:
    """Stands before a journal: turns sold places into ads, and adds fraud to what it passes on.

    Attributes:
        emit: Where events go.
        products: By id: brand and price, minor units.
        from_us, until_us: The span of the log.
        frauds: ``(query_id, product_id)`` of an invalid click → its kind, as it grows.
    """

    emit: Emit
    products: dict[str, tuple[str, int]]
    seed: int
    from_us: int
    until_us: int
    share: float = FRAUD_SHARE
    frauds: dict[tuple[str, str], str] = field(default_factory=dict)
    n_honest: int = 0
    _dice: random.Random = field(init=False)
    _advertising: frozenset[str] = field(init=False)
    _schemes: dict[str, list[_Scheme]] = field(init=False)
    _weights: dict[str, float] = field(init=False)
    _done: Counter[str] = field(default_factory=Counter)
    _page: list[dict[str, Any]] = field(
        default_factory=list
    )  # impressions of the page that is being shown
    _pages: defaultdict[str, deque[list[dict[str, Any]]]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=_PAGES_KEPT))
    )  # brand → pages with its ads
    _stays: deque[int] = field(default_factory=lambda: deque(maxlen=_STAYS_KEPT))
    _shoppers: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_PAGES_KEPT))

    def __post_init__(self) -> None:
        dice = self._dice = random.Random(f"ad fraud:{self.seed}")
        brands = sorted({brand for brand, _ in self.products.values() if brand})
        self._advertising = frozenset(b for b in brands if dice.random() < P_ADVERTISES)
        weights = {kind: dice.gammavariate(3, 1) for kind in KINDS}
        self._weights = {kind: w / sum(weights.values()) for kind, w in weights.items()}
        self._schemes = {
            kind: [self._scheme(kind, is_last=n == 0) for n in range(dice.randint(2, 5))]
            for kind in KINDS
        }

    def __call__(self, event: dict[str, Any], truth: Truth | None) -> None:
        """Take an event of a shopper."""
        if event["event_type"] == "purchase":
            self._steal(event)
        is_ad = self._is_ad(event)
        if is_ad and event["event_type"] in ("impression", "click"):
            event = {**event, "event_type": f"ad_{event['event_type']}"}
            event.pop("propensity", None)
        self.emit(event, truth)
        match event["event_type"]:
            case "impression" | "ad_impression":
                self._remember(event)
                if is_ad:
                    self._preload(event)
            case "dwell":
                self._stays.append(event["dwell_ms"])
            case "ad_click":
                self._clicked(event)

    def write_truth(self, out: Path) -> None:
        """``truth/ad_frauds.jsonl``: page, product and kind of each invalid click."""
        rows = (
            {"query_id": query_id, "product_id": product_id, "kind": kind}
            for (query_id, product_id), kind in self.frauds.items()
        )
        lines = b"".join(orjson.dumps(row) + b"\n" for row in rows)
        (out / "truth" / "ad_frauds.jsonl").write_bytes(lines)

    def _is_ad(self, event: dict[str, Any]) -> bool:
        if event.get("position") is None:
            return False
        is_paid = event.get("surface") == "search" and "propensity" not in event
        is_sold = event["position"] in AD_PLACES and self._brand(event) in self._advertising
        return is_paid or is_sold

    def _brand(self, event: dict[str, Any]) -> str:
        return self.products.get(event["product_id"], ("", 0))[0]

    def _remember(self, event: dict[str, Any]) -> None:
        """Pages with ads are what frauds will be shown, too."""
        if self._page and self._page[0]["query_id"] != event["query_id"]:
            for brand in {self._brand(e) for e in self._page if e["event_type"] == "ad_impression"}:
                self._pages[brand].append(self._page)
            self._shoppers.append({name: self._page[0].get(name) for name in _ABOUT})
            self._page = []
        self._page.append(event)

    def _clicked(self, event: dict[str, Any]) -> None:
        """After an honest click, frauds catch up with their share."""
        if (event["query_id"], event["product_id"]) in self.frauds:
            return
        self.n_honest += 1
        for kind in _HABITS:
            on = [s for s in self._schemes[kind] if s.is_on(event["occurred_at_us"])]
            for _ in range(3):
                if not on or not self._is_due(kind):
                    break
                self._visit(self._dice.choice(on), event["occurred_at_us"])

    def _is_due(self, kind: str) -> bool:
        n_frauds = self.n_honest * self.share / (1 - self.share)
        return self._done[kind] < n_frauds * self._weights[kind]

    def _scheme(self, kind: str, *, is_last: bool) -> _Scheme:
        dice, brands = self._dice, sorted(self._advertising)
        days_us = int(dice.uniform(10, 35) * DAY_US)
        last_us = max(self.from_us, self.until_us - days_us)
        from_us = last_us if is_last else dice.randint(self.from_us, last_us)
        habit = _HABITS.get(kind)
        draws = {"share": dice.uniform(0.05, 0.3), "p": dice.uniform(0.4, 1.0)}
        visitors: list[str] = []
        if habit is not None:
            draws = {name: dice.uniform(*getattr(habit, name)) for name in habit.__slots__}
            visitors = [f"v{dice.getrandbits(44):011x}" for _ in range(round(draws["visitors"]))]
        n_brands = round(draws.get("brands", 3))
        return _Scheme(
            kind=kind,
            from_us=from_us,
            to_us=from_us + days_us,
            brands=frozenset(dice.sample(brands, min(n_brands, len(brands)))),
            draws=draws,
            visitors=visitors,
        )

    def _visit(self, scheme: _Scheme, at_us: int) -> None:
        """A visitor of a scheme sees pages with its targets, clicks them, and hides as well as the scheme does."""
        dice, draws = self._dice, scheme.draws
        pages = [page for brand in sorted(scheme.brands) for page in self._pages[brand]]
        if not pages:
            return
        visitor = dice.choice(scheme.visitors)
        about = scheme.about.setdefault(visitor, dice.choice(self._shoppers))
        who = {**about, "visitor_id": visitor, "session_id": f"s{dice.getrandbits(48):012x}"}
        at_us += int(dice.uniform(0.01, 1) * _HOUR_US)
        cart: list[dict[str, Any]] = []
        for _ in range(max(1, round(dice.gauss(draws["pages"], 0.7)))):
            shown, at_us = self._show(dice.choice(pages), who, at_us)
            for event in shown:
                is_target = event["event_type"] == "ad_impression" and (
                    self._brand(event) in scheme.brands
                )
                if dice.random() < (0.9 if is_target else draws["cover"]):
                    at_us = self._follow(event, scheme, at_us, cart)
            at_us += int(dice.uniform(2, 40) * _SECOND_US)
        if cart and dice.random() < draws["order"]:
            self._order(cart, scheme, at_us)

    def _show(
        self, page: list[dict[str, Any]], who: dict[str, Any], at_us: int
    ) -> tuple[list[dict[str, Any]], int]:
        """The page again, for somebody else; returns its impressions and when they were seen."""
        dice, query_id = self._dice, f"q{self._dice.getrandbits(56):014x}"
        if page[0]["surface"] == "search":
            names = ("surface", "query_text")
            search = {name: page[0][name] for name in names} | {"query_id": query_id}
            self._send({**search, **who}, "search", at_us)
            at_us += dice.randint(150_000, 600_000)
        shown = []
        for impression in page:
            at_us += dice.randint(60_000, 420_000)
            event = {**impression, **who, "query_id": query_id}
            shown.append(self._send(event, impression["event_type"], at_us))
        return shown, at_us + dice.randint(800_000, 4_000_000)

    def _follow(
        self, event: dict[str, Any], scheme: _Scheme, at_us: int, cart: list[dict[str, Any]]
    ) -> int:
        dice, draws = self._dice, scheme.draws
        is_ad = event["event_type"] == "ad_impression"
        price = {"price_minor": self.products[event["product_id"]][1], "currency": CURRENCY}
        click = self._send({**event, **price}, "ad_click" if is_ad else "click", at_us)
        if is_ad:
            self._fraud(click, scheme.kind)
        is_long = self._stays and dice.random() < draws["stays"]
        stay_ms = dice.choice(self._stays) if is_long else int(1000 * dice.lognormvariate(1.2, 0.6))
        at_us += stay_ms * 1000
        self._send({**click, "dwell_ms": stay_ms}, "dwell", at_us)
        if dice.random() < draws["cart"]:
            at_us += dice.randint(400_000, 4_000_000)
            cart.append(self._send({**click, "quantity": 1}, "add_to_cart", at_us))
        return at_us + dice.randint(300_000, 3_000_000)

    def _order(self, cart: list[dict[str, Any]], scheme: _Scheme, at_us: int) -> None:
        dice, order_id = self._dice, f"o{self._dice.getrandbits(44):011x}"
        at_us += int(dice.uniform(10, 90) * _SECOND_US)
        for line in cart:
            self._send({**line, "order_id": order_id}, "purchase", at_us)
            if dice.random() < scheme.draws["review"]:
                later = at_us + int(dice.uniform(2, 9) * DAY_US)
                self._send({**line, "order_id": order_id, "rating": 5.0}, "review", later)

    def _preload(self, shown: dict[str, Any]) -> None:
        scheme = self._on_device(shown, "preload", lambda e: e["platform"] == "app")
        if scheme is not None and self._dice.random() < scheme.draws["p"]:
            at_us = shown["occurred_at_us"] + self._dice.randint(20_000, 400_000)
            self._fraud(self._send(shown, "ad_click", at_us), "preload")

    def _steal(self, order: dict[str, Any]) -> None:
        scheme = self._on_device(order, "affiliate", lambda _: True)
        if scheme is None or self._dice.random() >= scheme.draws["p"]:
            return
        pages = [page for brand in sorted(scheme.brands) for page in self._pages[brand]]
        if not pages:
            return
        names = (*_ABOUT, "visitor_id", "session_id")
        who = {name: order[name] for name in names if name in order}
        before_us = int(self._dice.uniform(4, 40) * _SECOND_US)
        page = self._dice.choice(pages)[: max(AD_PLACES)]
        shown, at_us = self._show(page, who, order["occurred_at_us"] - before_us)
        ads = [e for e in shown if e["event_type"] == "ad_impression"]
        ads = [e for e in ads if self._brand(e) in scheme.brands] or ads
        if ads:
            at_us = min(at_us, order["occurred_at_us"] - 500_000)
            self._fraud(self._send(self._dice.choice(ads), "ad_click", at_us), "affiliate")

    def _on_device(
        self, event: dict[str, Any], kind: str, suits: Callable[[dict[str, Any]], bool]
    ) -> _Scheme | None:
        """The scheme whose program is on this visitor's device, if it acts now."""
        if not suits(event) or not self._is_due(kind):
            return None
        for scheme in self._schemes[kind]:
            luck = random.Random(f"{scheme.from_us}:{event['visitor_id']}").random()
            if scheme.is_on(event["occurred_at_us"]) and luck < scheme.draws["share"]:
                return scheme
        return None

    def _fraud(self, click: dict[str, Any], kind: str) -> None:
        self.frauds.setdefault((click["query_id"], click["product_id"]), kind)
        self._done[kind] += 1

    def _send(self, event: dict[str, Any], event_type: str, at_us: int) -> dict[str, Any]:
        """Emit a copy of an event with another type and time; returns it."""
        sent = {
            **event,
            "event_id": f"e{self._dice.getrandbits(56):014x}",
            "event_type": event_type,
            "occurred_at_us": at_us,
            "received_at_us": at_us + int(self._dice.expovariate(2) * _SECOND_US),
        }
        if event_type != "impression":
            sent.pop("propensity", None)
        self.emit(sent, None)
        return sent
