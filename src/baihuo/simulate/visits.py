"""Shoppers come, look, click, stay, put things into carts, buy, come back."""

from __future__ import annotations

import math
import random
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from baihuo.simulate.along import Along
from baihuo.simulate.basics import Basics
from baihuo.simulate.clicks import look
from baihuo.simulate.intents import Intent, Typed
from baihuo.simulate.listings import CURRENCY, DAY_US
from baihuo.simulate.placing import Placed, lay_out
from baihuo.simulate.policy import LoggingPolicy
from baihuo.simulate.searches import intent_of
from baihuo.simulate.shelf import Shelf
from baihuo.simulate.shoppers import Shoppers, attraction
from baihuo.simulate.words_typed import review, typo

SECOND_US = 1_000_000
PAGE_SIZE = {"search": 24, "home": 24, "similar": 12}
_DEPTHS = {"search": (6, 8, 12, 18, 24), "home": (6, 8, 12, 18, 24), "similar": (3, 4, 6, 8, 12)}
_DEVICE = ("", "phone", "desktop", "tablet")

_NOTHING = Intent(Typed("en", "", ()), "", type_index=-1)
P_WITHOUT_SIZE = 0.03  # that somebody buys what is not there in their size
# What P(click, once looked at) says of what follows a click
DWELL, DWELL_SLOPE, DWELL_DEVIATION, MOST_DWELL_S = 2.1, 2.2, 0.7, 900.0  # log of seconds
P_CART, P_CART_SLOPE = 0.08, 0.65
STARS, STARS_SLOPE, STARS_DEVIATION = 4.3, 0.5, 0.9  # of reviews, by appeal
LASTS = (0.75, 1.2)  # of the days that a unit is said to last
N_DUE, N_OWNED = 8, 12  # of possessions that matter

Truth = tuple[float, float, str]  # P(click | placed), P(examined | placed), click model
Emit = Callable[[dict[str, Any], Truth | None], None]


@dataclass(slots=True)
class _Person:
    """What has to be remembered of somebody who has been here."""

    recent_types: deque[int] = field(default_factory=lambda: deque(maxlen=3))
    due_at_us: dict[int, int] = field(default_factory=dict)  # a row they use up → when it is gone
    owned: deque[int] = field(default_factory=lambda: deque(maxlen=N_OWNED))

    def possessions(self, at_us: int) -> tuple[frozenset[int], frozenset[int]]:
        """Rows that are used up by then, and rows that they have and will not need again soon."""
        due = frozenset(r for r, at in self.due_at_us.items() if at <= at_us)
        return due, frozenset(self.owned) | (frozenset(self.due_at_us) - due)


@dataclass(slots=True)
class _Session:
    """One visit. ``now_us`` only moves forward."""

    person: int
    memory: _Person
    device: str
    visitor_id: str
    session_id: str
    lag_us: int  # from the visitor's clock to ours
    intent: Intent
    now_us: int
    country: str
    unsent: dict[str, Any]  # basic information that the next event carries: the first one
    cart: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Visits:
    """Makes sessions, one after the other, and hands every event to ``emit``."""

    shelf: Shelf
    shoppers: Shoppers
    basics: Basics
    shop: LoggingPolicy
    rng: random.Random
    emit: Emit
    along: Along
    typed: Counter[tuple[str, Typed]] = field(default_factory=Counter)
    visitors: dict[str, int] = field(default_factory=dict)  # visitor_id → person
    _memory: dict[int, _Person] = field(default_factory=dict)

    def session(self, start_us: int) -> None:
        """One visit of somebody, from the first page to the order."""
        s = self._begin(start_us)
        rng = self.rng
        n_pages = 1 + min(6, int(rng.expovariate(0.9)))
        for i in range(n_pages):
            is_search = rng.random() < (0.45 if i == 0 else 0.72)
            if is_search and i and rng.random() < 0.4:
                s.intent = self._intent(s)
            self._page(s, "search" if is_search else "home")
            s.now_us += int(rng.uniform(3, 40) * SECOND_US)
        self._order(s)

    def possessions(self, person: int, at_us: int) -> tuple[frozenset[int], frozenset[int]]:
        """Rows that somebody has used up by then, and rows that they have."""
        return self._memory[person].possessions(at_us)

    def _begin(self, start_us: int) -> _Session:
        rng, person = self.rng, self.shoppers.draw(self.rng)
        memory = self._memory.setdefault(person, _Person())
        owned = [int(d) for d in self.shoppers.devices[person] if d]
        which = 0 if rng.random() < 0.7 else rng.randrange(len(owned))
        # Devices after the first are not always logged in: the shop sees another visitor.
        is_known = which == 0 or (person * 7 + which) % 3 == 0
        key = random.Random(f"visitor:{person}:{0 if is_known else which}").getrandbits(44)
        visitor_id = f"v{key:011x}"
        self.visitors[visitor_id] = person
        is_offline = rng.random() < 0.02
        session = _Session(
            person=person,
            memory=memory,
            device=_DEVICE[owned[which]],
            visitor_id=visitor_id,
            session_id=f"s{rng.getrandbits(48):012x}",
            lag_us=int(rng.uniform(300, 1500) * SECOND_US)
            if is_offline
            else int(rng.expovariate(2) * SECOND_US),
            intent=_NOTHING,
            now_us=start_us,
            country=str(self.basics.country[person]),
            unsent={
                "language": "zh" if self.shoppers.is_chinese[person] else "en",
                **self.basics.known(person),
            },
        )
        session.intent = self._intent(session)
        return session

    def _intent(self, s: _Session) -> Intent:
        due = [r for r, at in s.memory.due_at_us.items() if at <= s.now_us]
        return intent_of(self.shelf, self.shoppers, s.person, due, self.rng)

    def _event(self, s: _Session, event_type: str, at_us: int, **more: Any) -> dict[str, Any]:
        return self._drawn_event(self.rng, s, event_type, at_us, more)

    def _drawn_event(
        self, dice: random.Random, s: _Session, event_type: str, at_us: int, more: dict[str, Any]
    ) -> dict[str, Any]:
        basics, s.unsent = s.unsent, {}
        return {
            "event_id": f"e{dice.getrandbits(56):014x}",
            "event_type": event_type,
            "visitor_id": s.visitor_id,
            "session_id": s.session_id,
            "occurred_at_us": at_us,
            "received_at_us": at_us + s.lag_us,
            "platform": "web" if s.device == "desktop" else "app",
            "device": s.device,
            "country": s.country,
            **basics,
            **more,
        }

    def _page(self, s: _Session, surface: str, looked_at: int = -1) -> None:
        rng = self.rng
        shared: dict[str, Any] = {"query_id": f"q{rng.getrandbits(56):014x}", "surface": surface}
        paid: dict[int, int] = {}
        if surface == "search":
            text = typo(s.intent.text, s.intent.language, rng)
            self.typed[text, s.intent.typed] += 1
            shared["query_text"] = text
            candidates = self.shop.search(text, s.now_us)
            paid = self.shop.paid(candidates, s.now_us, rng)
            self.emit(self._event(s, "search", s.now_us, **shared), None)
            s.now_us += rng.randint(150_000, 600_000)
        elif surface == "home":
            bought = sorted(s.memory.due_at_us, key=s.memory.due_at_us.__getitem__)
            candidates = self.shop.home(list(s.memory.recent_types), bought, s.now_us)
        else:
            candidates = self.shop.similar(looked_at, s.now_us)
        page = lay_out(candidates, paid, PAGE_SIZE[surface], rng)
        self._look(s, surface, page, rng.choice(_DEPTHS[surface]), shared)

    def _look(
        self, s: _Session, surface: str, page: Placed, depth: int, shared: dict[str, str]
    ) -> None:
        """The first ``depth`` places of the page are seen; some are clicked."""
        rows = page.rows[:depth]
        rng = self.rng
        due, owned = s.memory.possessions(s.now_us)
        attractions = attraction(
            self.shelf,
            self.shoppers,
            s.person,
            rows,
            intent=s.intent,
            is_search=surface == "search",
            due=due,
            owned=owned,
        ).tolist()
        model = "cascade" if self.shoppers.is_cascade[s.person] else "position"
        seen = look(model, s.device, attractions, rng)
        at_us, positions = s.now_us, []
        for i, row in enumerate(rows.tolist()):
            at_us += rng.randint(60_000, 420_000)
            where: dict[str, Any] = {
                **shared,
                "product_id": self.shelf.listings[row].product.product_id,
                "position": i + 1,
            }
            propensity = page.propensities[i]
            if propensity is not None:
                where["propensity"] = round(propensity, 6)
            positions.append(where)
            self.emit(
                self._event(s, "impression", at_us, **where),
                (seen.p_click[i], seen.examination[i], model),
            )
        s.now_us = at_us + rng.randint(800_000, 4_000_000)
        for i, row in enumerate(rows.tolist()):
            if seen.is_clicked[i]:
                self._click(s, surface, row, positions[i], attractions[i])

    def _click(
        self, s: _Session, surface: str, row: int, where: dict[str, Any], liked: float
    ) -> None:
        rng, memory = self.rng, s.memory
        type_index = int(self.shelf.type_index[row])
        if type_index in memory.recent_types:
            memory.recent_types.remove(type_index)
        memory.recent_types.appendleft(type_index)
        price: dict[str, Any] = {
            "price_minor": int(self.shelf.price_minor[row]),
            "currency": CURRENCY,
        }
        self.emit(self._event(s, "click", s.now_us, **where, **price), None)
        dwell_ms = int(
            1000
            * min(MOST_DWELL_S, rng.lognormvariate(DWELL + DWELL_SLOPE * liked, DWELL_DEVIATION))
        )
        opened_us = s.now_us
        s.now_us += rng.randint(400_000, 1_500_000)
        if surface != "similar" and rng.random() < 0.3:
            self._page(s, "similar", looked_at=row)
        s.now_us = max(s.now_us, opened_us + dwell_ms * 1000)
        self.emit(self._event(s, "dwell", s.now_us, **where, dwell_ms=dwell_ms), None)
        s.now_us += rng.randint(100_000, 900_000)
        size = self._size(s, row)
        is_there = not size or size in self.shelf.sizes[row] or rng.random() < P_WITHOUT_SIZE
        if rng.random() < P_CART + P_CART_SLOPE * liked and is_there and row not in memory.owned:
            line = self._cart_line(row, size, where, price)
            self.emit(self._event(s, "add_to_cart", s.now_us, **line), None)
            s.now_us += rng.randint(700_000, 6_000_000)
            if rng.random() < 0.12:
                self.emit(self._event(s, "remove_from_cart", s.now_us, **line), None)
                s.now_us += rng.randint(700_000, 3_000_000)
            else:
                s.cart.append({**line, "row": row})

    def _size(self, s: _Session, row: int) -> str:
        """The size of this listing that the person wears; "" where it has none or is for somebody else."""
        kind = self.shelf.vocabulary.types[self.shelf.type_index[row]].sizes
        is_own = self.shoppers.wears(s.person, self.shelf.gender[row])
        return self.shoppers.size(s.person, kind) if kind and is_own else ""

    def _cart_line(
        self, row: int, size: str, where: dict[str, Any], price: dict[str, Any]
    ) -> dict[str, Any]:
        product = self.shelf.listings[row].product
        line = {**where, **price, "quantity": 1}
        if self.shelf.cycle_us(row):
            line["quantity"] = self.rng.choices((1, 2, 3), (7, 2, 1))[0]
        if product.variants:
            fitting = [v for v in product.variants if v.variant_id.endswith(f"-{size}")]
            line["variant_id"] = self.rng.choice(fitting or product.variants).variant_id
        return line

    def _order(self, s: _Session) -> None:
        rng = self.rng
        if not s.cart or rng.random() > 0.88:
            return
        order_id = f"o{rng.getrandbits(44):011x}"
        for row in self.along.taken([line["row"] for line in s.cart], s.now_us):
            self._take(s, row, order_id)
        s.now_us += rng.randint(10, 90) * SECOND_US
        for line in s.cart:
            row = line.pop("row")
            s.now_us += rng.randint(2_000, 30_000)
            self.emit(self._event(s, "purchase", s.now_us, **line, order_id=order_id), None)
            if rng.random() < 0.04:
                later = s.now_us + int(rng.uniform(0.02, 3) * DAY_US)
                self.emit(self._event(s, "cancel", later, **line, order_id=order_id), None)
                continue
            if cycle_us := self.shelf.cycle_us(row):
                lasts = cycle_us * min(line["quantity"], 2) * rng.uniform(*LASTS)
                s.memory.due_at_us[row] = s.now_us + int(lasts)
                while len(s.memory.due_at_us) > N_DUE:
                    s.memory.due_at_us.pop(next(iter(s.memory.due_at_us)))
            else:
                s.memory.owned.append(row)
            if rng.random() < 0.16:
                self._review(s, row, line["product_id"], order_id)

    def _take(self, s: _Session, row: int, order_id: str) -> None:
        """What is taken along is put into the cart and bought; they go on as if they did not have it."""
        dice = self.along.dice
        what: dict[str, Any] = {
            "product_id": self.shelf.listings[row].product.product_id,
            "price_minor": int(self.shelf.price_minor[row]),
            "currency": CURRENCY,
            "quantity": 1,
        }
        if variants := self.shelf.listings[row].product.variants:
            what["variant_id"] = dice.choice(variants).variant_id
        at_us = s.now_us + dice.randint(1, 9) * SECOND_US
        self.emit(self._drawn_event(dice, s, "add_to_cart", at_us, what), None)
        at_us += dice.randint(10, 90) * SECOND_US
        what["order_id"] = order_id
        self.emit(self._drawn_event(dice, s, "purchase", at_us, what), None)

    def _review(self, s: _Session, row: int, product_id: str, order_id: str) -> None:
        rng = self.rng
        rating = max(
            1,
            min(
                5,
                math.floor(
                    rng.gauss(STARS + STARS_SLOPE * float(self.shelf.appeal[row]), STARS_DEVIATION)
                ),
            ),
        )
        words = review(rating, s.intent.language, rng) if rng.random() < 0.7 else None
        more: dict[str, Any] = {"text": words} if words else {}
        at_us = s.now_us + int(rng.uniform(2, 9) * DAY_US)
        event = self._event(
            s, "review", at_us, product_id=product_id, order_id=order_id, rating=rating, **more
        )
        self.emit(event, None)
