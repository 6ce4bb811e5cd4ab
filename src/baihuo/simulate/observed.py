"""What a shop saw of each visitor of its log, in the words of the simulator's own choice model.

Nothing is read that a shop does not have: pages with their places, clicks and what followed them, typed texts, orders, basic
information. What a text may mean is what the simulator's own people mean by it (:class:`Meanings`); of what they have in
mind and do not type (a budget, one of the types that a word names) every meaning remains possible.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.simulate.clicks import DECAY
from baihuo.simulate.intents import ANY_BRAND, Intent, grades, is_possible
from baihuo.simulate.searches import intent_of
from baihuo.simulate.shelf import Shelf
from baihuo.simulate.shoppers import (
    ANOTHER_TYPE,
    ELSEWHERE,
    GAIN,
    NOT_FOR_THEM,
    NOT_POSSIBLE,
    ON_SEARCH,
    OWNED,
    TINT,
    USED_UP,
    Shoppers,
)
from baihuo.simulate.visits import LASTS, N_DUE, N_OWNED

_MOST_MEANINGS = 3  # of a text, those meant most
_NO_INTENT = -1

Floats = NDArray[np.float64]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Meanings:
    """Text → what people of the simulator mean by it, with how many of them."""

    of_text: Mapping[str, Counter[Intent]]

    @classmethod
    def drawn(cls, shelf: Shelf, people: Shoppers, *, seed: int, n: int) -> Meanings:
        """From ``n`` searches of such people."""
        rng, found = random.Random(f"meanings:{seed}"), dict[str, Counter[Intent]]()
        for _ in range(n):
            intent = intent_of(shelf, people, rng.randrange(len(people)), [], rng)
            found.setdefault(intent.text, Counter())[intent] += 1
        return cls(found)

    def of(self, text: str) -> list[tuple[Intent, float]]:
        """Its usual meanings with their shares; none: nobody drawn typed this."""
        usual = self.of_text.get(text, Counter[Intent]()).most_common(_MOST_MEANINGS)
        total = sum(n for _, n in usual)
        return [(intent, n / total) for intent, n in usual]


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """One visitor: ``[looks]``, the places that were seen, page by page and top first.

    A page stands once for each meaning of what was typed around it: the pages of a meaning are a *version* of its search.
    """

    rows: NDArray[np.int64]
    page: NDArray[np.int64]
    place: NDArray[np.int64]  # 0 is the top
    is_clicked: NDArray[np.bool_]
    examination: NDArray[np.float32]  # P(looked at), for people who look at each place alone
    fixed: NDArray[np.float32]  # of the logit: what does not depend on taste
    is_search: NDArray[np.bool_]
    dwell: Floats  # log of seconds; NaN: none
    put: NDArray[np.int8]  # 1 into the cart, 0 not, -1 cannot be known
    version: NDArray[np.int64]  # [pages]
    search: NDArray[np.int64]  # [versions]: of which search they are versions, ascending from 0
    share: Floats  # [versions]: P(version | text), for anybody
    meant: tuple[Intent | None, ...]  # [versions]
    due: tuple[frozenset[int], ...]  # [versions]: types of what is used up then
    p_due: Mapping[int, float]  # row bought and used up in time → P(it is used up at the end)
    owned: tuple[int, ...]  # rows that they have at the end
    basics: Mapping[str, str] = field(default_factory=dict)  # region, referrer, interests


@dataclass(slots=True, eq=False)
class _Owned:
    """What somebody bought so far."""

    shelf: Shelf
    bought: dict[int, tuple[int, int]] = field(default_factory=dict)  # row → when, lasts
    owned: list[int] = field(default_factory=list)

    def add(self, row: int, at_us: int, quantity: int) -> None:
        if cycle_us := self.shelf.cycle_us(row):
            self.bought[row] = (at_us, cycle_us * min(quantity, 2))
            while len(self.bought) > N_DUE:
                self.bought.pop(next(iter(self.bought)))
        else:
            self.owned = [*self.owned, row][-N_OWNED:]

    def p_due(self, at_us: int) -> dict[int, float]:
        first, last = LASTS
        return {
            row: float(np.clip(((at_us - since) / lasts - first) / (last - first), 0, 1))
            for row, (since, lasts) in self.bought.items()
        }

    def logit(self, rows: Sequence[int], at_us: int) -> list[float]:
        due = self.p_due(at_us)
        return [
            USED_UP if due.get(r, 0) >= 0.5 else OWNED if r in due or r in self.owned else 0.0
            for r in rows
        ]


def histories(
    shelf: Shelf, events: Iterable[Row], meanings: Meanings, *, until_us: int
) -> dict[str, History]:
    """Visitor id → what was seen of them.

    Args:
        shelf: The catalogue.
        events: Of the shop, clean, with the fields of :class:`baihuo.core.Event`.
        meanings: Of texts.
        until_us: The end: for what is used up.
    """
    by_visitor: dict[str, list[Row]] = {}
    for event in events:
        by_visitor.setdefault(event["visitor_id"], []).append(event)
    row_of = {m.product.product_id: i for i, m in enumerate(shelf.listings)}
    return {
        visitor_id: _history(shelf, sorted(theirs, key=_moment), meanings, row_of, until_us)
        for visitor_id, theirs in by_visitor.items()
    }


def _moment(event: Row) -> tuple[int, str]:
    return event["occurred_at_us"], event["event_id"]


@dataclass(slots=True, eq=False)
class _Page:
    at_us: int
    surface: str
    text: str
    session: str
    device: str
    places: dict[int, int] = field(default_factory=dict)  # position → row
    clicked: set[int] = field(default_factory=set)
    put: set[int] = field(default_factory=set)
    dwell: dict[int, float] = field(default_factory=dict)


def _history(
    shelf: Shelf, events: list[Row], meanings: Meanings, row_of: Mapping[str, int], until_us: int
) -> History:
    pages: dict[str, _Page] = {}
    basics: dict[str, str] = {}
    cancelled = {(e["order_id"], e["product_id"]) for e in events if e["event_type"] == "cancel"}
    orders = []
    for e in events:
        basics |= {k: e[k] for k in ("region", "referrer", "interests") if e.get(k)}
        row, query_id = row_of.get(e.get("product_id") or "", -1), e.get("query_id")
        if row < 0 or not query_id:
            continue  # what was taken along has no page, and is bought again as if it were not owned
        if e["event_type"] == "impression":
            if not e.get("position") or not e.get("surface"):
                continue  # a value that the checks withheld
            page = pages.setdefault(
                query_id,
                _Page(
                    e["occurred_at_us"],
                    e["surface"],
                    e.get("query_text") or "",
                    e.get("session_id") or query_id,
                    e.get("device") or "phone",
                ),
            )
            page.places.setdefault(int(e["position"]), row)
        elif e["event_type"] == "purchase":
            if (e["order_id"], e["product_id"]) not in cancelled:
                orders.append((e["occurred_at_us"], row, int(e.get("quantity") or 1)))
        elif (seen := pages.get(query_id)) is not None:
            if e["event_type"] == "click":
                seen.clicked.add(row)
            elif e["event_type"] == "add_to_cart":
                seen.put.add(row)
            elif e["event_type"] == "dwell" and e.get("dwell_ms"):
                seen.dwell[row] = float(np.log(max(e["dwell_ms"], 1) / 1000))
    return _laid_out(shelf, list(pages.values()), orders, meanings, basics, until_us)


def _laid_out(
    shelf: Shelf,
    pages: list[_Page],
    orders: list[tuple[int, int, int]],
    meanings: Meanings,
    basics: dict[str, str],
    until_us: int,
) -> History:
    """Every page in every version of what its visitor came for."""
    owned, pending = _Owned(shelf), orders[::-1]
    lines: list[dict[str, NDArray[Any]]] = []
    version: list[int] = []
    search: list[int] = []
    share: list[float] = []
    meant: list[Intent | None] = []
    due: list[frozenset[int]] = []
    for n, (text, together) in enumerate(_by_intent(pages)):
        possible: list[tuple[Intent | None, float]] = [*meanings.of(text)] or [(None, 1.0)]
        while pending and pending[-1][0] <= together[0].at_us:
            at_us, row, quantity = pending.pop()
            owned.add(row, at_us, quantity)
        used_up = [r for r, p in owned.p_due(together[0].at_us).items() if p >= 0.5]
        for intent, usual in possible:
            for page in together:
                if intent is None and page.surface == "search":
                    continue  # a text that nobody drawn typed
                lines.append(_looks(shelf, page, intent, owned, number=len(lines)))
                version.append(len(search))
            search.append(n)
            share.append(usual)
            meant.append(intent)
            due.append(frozenset(shelf.type_index[used_up].tolist()))
    while pending:
        at_us, row, quantity = pending.pop()
        owned.add(row, at_us, quantity)
    return History(
        **{
            name: np.concatenate([line[name] for line in lines] or [np.zeros(0, kind)]).astype(kind)
            for name, kind in _KINDS.items()
        },
        version=np.array(version, np.int64),
        search=np.array(search, np.int64),
        share=np.array(share),
        meant=tuple(meant),
        due=tuple(due),
        p_due=owned.p_due(until_us),
        owned=tuple(owned.owned),
        basics=basics,
    )


def _by_intent(pages: list[_Page]) -> list[tuple[str, list[_Page]]]:
    """Pages of a session that were opened with one intent, in order, with the text that says it; "" where none does."""
    found: list[tuple[str, list[_Page]]] = []
    session = ""
    for page in pages:
        if page.session != session:
            session = page.session
            found.append(("", []))
        text, together = found[-1]
        if page.text and text and page.text != text:
            found.append((page.text, [page]))
        else:
            together.append(page)
            found[-1] = (text or page.text, together)
    return found


_KINDS: Mapping[str, Any] = {
    "rows": np.int64,
    "page": np.int64,
    "place": np.int64,
    "is_clicked": np.bool_,
    "examination": np.float32,
    "fixed": np.float32,
    "is_search": np.bool_,
    "dwell": np.float64,
    "put": np.int8,
}


def _looks(
    shelf: Shelf, page: _Page, intent: Intent | None, owned: _Owned, *, number: int
) -> dict[str, NDArray[Any]]:
    at = np.array(sorted(page.places))
    rows = np.array([page.places[p] for p in at.tolist()])
    fixed = np.array(owned.logit(rows.tolist(), page.at_us))
    is_search = page.surface == "search"
    if is_search and intent is not None:
        typed = intent.typed
        fixed += ON_SEARCH + GAIN[grades(shelf, typed, rows)]
        if len(typed.types) > 1:
            fixed += ANOTHER_TYPE * (shelf.type_index[rows] != intent.type_index)
        limits = (typed.gender, typed.size, intent.budget_minor)
        fixed += NOT_POSSIBLE * ~is_possible(shelf, rows, *limits)
        fixed += NOT_FOR_THEM * ~is_possible(shelf, rows, intent.gender, "", 0)
    else:
        fixed += ELSEWHERE
        fixed += TINT * (shelf.type_index[rows] == (intent.type_index if intent else _NO_INTENT))
    dwell, put = np.full(len(rows), np.nan), np.full(len(rows), -1)
    for n, row in enumerate(rows.tolist()):
        if row in page.clicked:
            dwell[n] = page.dwell.get(row, np.nan)
            has_sizes = bool(shelf.sizes[row])  # it may not be there in theirs, which nobody sees
            put[n] = 1 if row in page.put else -1 if has_sizes or row in owned.owned else 0
    return {
        "rows": rows,
        "page": np.full(len(rows), number),
        "place": at - 1,
        "is_clicked": np.isin(rows, list(page.clicked)),
        "examination": at ** -DECAY.get(page.device, DECAY["phone"]),
        "fixed": fixed,
        "is_search": np.full(len(rows), is_search),
        "dwell": dwell,
        "put": put,
    }


def brand_of(intent: Intent) -> int:
    """The maker that was typed, or :data:`ANY_BRAND` or below."""
    return intent.typed.brand_index if intent.typed.brand_index >= 0 else ANY_BRAND
