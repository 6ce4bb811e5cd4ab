"""One bundle over one index generation, with all that it needs to make pages, kept up to date."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from baihuo.bundle import Bundle, Pair, open_generation
from baihuo.catalog import Catalog, Offer
from baihuo.core import (
    HOME_DIVERSITY,
    Consent,
    Event,
    Filters,
    Product,
    Query,
    Served,
    ShopError,
    ShopPaths,
    Surface,
    VisitorBasics,
    is_consented,
)
from baihuo.encode import Encoders
from baihuo.events import EventLog, Opening, StoredPage
from baihuo.features import FeatureSet, FeatureState, FloodSettings, PopularityGate, state_folder
from baihuo.index import FilterMasks, Generation, Snapshot, answer_set
from baihuo.privacy import Erasures, Receipt
from baihuo.rank import Exploration, Ranker, RequestContext, WhyNot, where_in_order, why_not
from baihuo.serve.ids import now_us


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingOptions:
    """How a release serves. Every one has a default."""

    exploration: Exploration = field(default_factory=Exploration)
    order_switches: Mapping[str, str] | None = None
    """By surface, which order serves; None: as training and the gate say."""
    diversity: float = HOME_DIVERSITY
    """Of home pages, 0 to 1."""
    floods: FloodSettings = field(default_factory=FloodSettings)
    """How far unchecked events count for all visitors."""
    most_new: int | None = None
    """What live features remember at most of visitors and queries since their snapshot; None: everything."""
    absent_consent: Consent = "granted"
    """What an event that says nothing of consent means."""


_DAY_US = 86_400_000_000
_DECIDED_EVERY_S = 1.0
_BATCH = 2_000  # rows of the log, or changes of the catalogue, that are read at once
_WARM_UP = (  # a query for each kind of page
    (Surface.SEARCH, "a first search"),
    (Surface.SEARCH, "第一次搜索"),
    (Surface.HOME, ""),
    (Surface.SIMILAR, ""),
)


class ServingState:
    """A release as it serves. Requests read it from many threads; each ``follow_`` method is called by one."""

    def __init__(
        self,
        pair: Pair,
        ranker: Ranker,
        generation: Generation,
        state: FeatureState,
        *,
        after_seq: int,
        after_erasure: int,
        options: ServingOptions,
    ) -> None:
        self._absent_consent = options.absent_consent
        self.gate = PopularityGate(state, options.floods)
        self.unlearned = ranker.unlearned()
        self.pair, self.ranker, self.generation, self.feature_state = (
            pair,
            ranker,
            generation,
            state,
        )
        self._opened_after_seq = after_seq
        self._after_seq, self._after_version = after_seq, 0
        self._held, self._decided_to, self._decided_at = list[int](), after_seq, 0.0
        self._after_erasure = after_erasure
        self.made_at_us = state.at_us  # before any event of the log: when its features were made
        self._categories: tuple[int, Counter[str]] = (0, Counter())
        self._stamp = -1  # of the catalogue whose changes are all applied; -1: none yet

    def serves(self, pair: Pair) -> bool:
        """Whether this is the release of that bundle and index."""
        return (pair.bundle_id, pair.index_id) == (self.pair.bundle_id, self.pair.index_id)

    def take_catalog(self, other: ServingState) -> None:
        """Stand where another one over the same generation stands: what it applied of the catalogue is in the generation."""
        self._after_version, self._stamp = other._after_version, -1
        self.feature_state.take_products(other.feature_state)

    def is_unknown(self, visitor_id: str) -> bool:
        """Whether nothing is known of a visitor: no event that features count, and no basic information."""
        state = self.feature_state
        return state.basics(visitor_id) == VisitorBasics() and state.history(visitor_id).is_empty

    def category_names(self) -> Counter[str]:
        """Every category at every level that a visitor may be interested in, and in how many paths it is."""
        names = self.generation.snapshot.category_names
        if self._categories[0] != len(names):
            self._categories = (len(names), Counter(name for path in names for name in set(path)))
        return self._categories[1]

    def page(
        self,
        query: Query,
        continued: StoredPage | None,
        catalog: Catalog,
        *,
        context: RequestContext | None = None,
        is_cheap: bool = False,
    ) -> Served:
        """The page of a query. Where the catalogue has changes that are not applied yet, price and stock are
        checked again. A cheap page has no learned model in its order.
        """
        stamp = self._stamp  # before the page is made: a change applied meanwhile may not be in it
        ranker = self.unlearned if is_cheap else self.ranker
        served = ranker.page(query, continued=continued, context=context)
        if stamp == catalog.stamp():
            return served
        offers = catalog.offers([p.product_id for p in served.page.placed])
        filters, snapshot = query.filters, self.generation.snapshot
        if query.surface is Surface.SEARCH:  # with what was read in the words
            answer = answer_set(self.generation, query, self.ranker.thresholds)
            filters, snapshot = answer.filters, answer.snapshot
        return revalidate(served, offers, filters, snapshot)

    def why_not(self, served: Served, product_id: str) -> WhyNot:
        """Where a product stands on a page that was just made, or why it does not."""
        query = served.query
        for placed in served.page.placed:  # also those past the frozen order
            if placed.product_id == product_id:
                position = placed.position
                why = f"it stands on this page, at {position}"
                return WhyNot(product_id, position, query.page, "page", why)
        found = where_in_order(served.order, query, product_id)
        if found is None:
            return why_not(self.ranker, query, product_id)
        if found.page != query.page:
            return found
        return replace(
            found,
            stage="last_look",
            why="it was sold out, repriced or taken out just now",
            bring_back=("once it passes the filters again",),
        )

    def warm(self) -> None:
        """Make one page of each kind. Dictionaries and encoders load at their first use, which takes
        seconds that no visitor should wait for. Nothing is logged.
        """
        self.generation.prepare()
        any_product = next(iter(self.generation.row_of), None)
        for surface, query_text in _WARM_UP:
            if surface is not Surface.SIMILAR or any_product is not None:
                self.ranker.page(
                    Query(
                        query_id="warm",
                        surface=surface,
                        visitor_id="warm",
                        at_us=self.feature_state.at_us,
                        query_text=query_text,
                        product_id=any_product if surface is Surface.SIMILAR else None,
                    )
                )

    def follow_log(self, log: EventLog, erased: ErasedVisitors | None = None) -> None:
        """Apply the events that came since the last call, but those of before a visitor asked to be forgotten, and
        those whose visitor did not consent."""
        erased = erased or ErasedVisitors()
        newest = erased.newest  # read first: one that comes meanwhile is for the next call
        for visitor_id in erased.since(self._after_erasure):
            self.feature_state.forget(visitor_id)
        self._after_erasure = newest
        while rows := log.tail_with_beliefs(self._after_seq, _BATCH):
            for seq, event, belief in rows:
                is_wanted = is_consented(event, absent=self._absent_consent)
                is_wanted = is_wanted and not erased.covers_event(event.visitor_id, seq)
                if is_wanted and not self.gate.apply(self._at_a_time_of_now(event), belief):
                    self._held.append(seq)
                self._after_seq = seq

    def opening(self, at_us: int) -> Opening:
        """What the log is to know of the features that this release was opened with."""
        return Opening(at_us, self._opened_after_seq, self.made_at_us)

    def write_decisions(self, log: EventLog, *, is_last: bool = False) -> None:
        """Write to the log what was held back since the last call, at most once in a second.

        Raises:
            CannotWrite: the next call tries again.
        """
        now, to_seq = time.monotonic(), self._after_seq
        is_due = is_last or now - self._decided_at >= _DECIDED_EVERY_S
        if not (is_due and self.gate.is_active and to_seq > self._decided_to):
            return
        self._decided_at = now
        log.decide(self._held, to_seq=to_seq)
        self._held, self._decided_to = [], to_seq

    def _at_a_time_of_now(self, event: Event) -> Event:
        """The event, received now where a server wrote it whose clock was wrong by more than a day.

        One from the future would empty every window of the state and shut it for all that comes after; one from long before
        what the state knows would count nowhere.
        """
        now = now_us()
        if event.received_at_us > now + _DAY_US:
            return replace(event, received_at_us=max(now, self.feature_state.at_us))
        if event.received_at_us < self.feature_state.at_us - _DAY_US:
            return replace(event, received_at_us=self.feature_state.at_us)
        return event

    def follow_catalog(self, catalog: Catalog) -> None:
        """Apply the products, prices and stock that changed since the last call."""
        stamp = catalog.stamp()
        while changes := catalog.changes(self._after_version, _BATCH):
            kinds = {c.product_id: c.kind for c in changes if c.kind != "offer"}
            gone = [i for i, kind in kinds.items() if kind == "removed"]
            changed = [i for i, kind in kinds.items() if kind == "product"]
            offered = [
                c.product_id for c in changes if c.kind == "offer" and c.product_id not in kinds
            ]
            products = list(catalog.get_many(changed).values())
            self._apply(products, gone, catalog.offers(offered))
            self._after_version = changes[-1].version
        self._stamp = stamp  # every change up to it is applied

    def reconcile(self, catalog: Catalog) -> None:
        """Make the generation equal to the catalogue, whatever changed since it was built."""
        self._after_version = catalog.version()
        listed: set[str] = set()
        changed: list[Product] = []
        offers: dict[str, Offer] = {}
        for stored in catalog.stored():
            listed.add(stored.product_id)
            row = self.generation.row_of.get(stored.product_id)
            # Hashes say in a tenth of the time whether a row has all of a product but its price and stock.
            if row is None or not (
                self.generation.has_content(row, stored.content_hash)
                or _has_same_content(self.generation.product(row), stored.product())
            ):
                changed.append(stored.product())
                continue
            price, stock = (
                self.generation.snapshot.price_minor[row],
                self.generation.snapshot.stock_units[row],
            )
            offer = Offer(None if price < 0 else int(price), None if stock < 0 else int(stock))
            if offer != stored.offer:
                offers[stored.product_id] = stored.offer
        gone = [i for i in list(self.generation.row_of) if i not in listed]
        self._apply(changed, gone, offers)

    def _apply(self, products: list[Product], gone: list[str], offers: dict[str, Offer]) -> None:
        if products:
            self.generation.upsert(products)
            self.feature_state.add_products(products)
        if gone:
            self.generation.remove(gone)
        for product_id, offer in offers.items():
            row = self.generation.row_of.get(product_id)
            if row is not None:
                self.generation.set_offer(
                    row,
                    price_minor=-1 if offer.price_minor is None else offer.price_minor,
                    stock_units=-1 if offer.stock_units is None else offer.stock_units,
                )


def open_serving_state(
    shop: Path,
    pair: Pair,
    catalog: Catalog,
    log: EventLog | None,
    *,
    seed: int,
    erased: ErasedVisitors | None = None,
    options: ServingOptions | None = None,
    current: ServingState | None = None,
) -> ServingState:
    """Open a release and bring it up to date with the log and the catalogue.

    Args:
        log: None where the shop has none yet.
        current: a release that serves meanwhile: encoders that are the same are shared, since loading them takes a second. Of the
            same release the index is shared, too: only the features are read again.
        erased: visitors who asked to be forgotten and are still in files.
        options: None: as by default.

    Raises:
        NotFound: a folder of the release is missing.
        BadInput: the bundle's content does not match its hash, or a line of the synonyms is wrong.
    """
    options, erased = options or ServingOptions(), erased or ErasedVisitors()
    paths, after_erasure, waiting = ShopPaths(shop), erased.newest, erased.waiting()
    bundle = Bundle.open(paths.bundles / pair.bundle_id)
    is_renewed = current is not None and current.serves(pair)
    if current is not None and is_renewed:
        generation = current.generation
    else:
        encoders = Encoders.open(bundle.folder("encoders"), verify=False)
        if current is not None and current.generation.encoders.hash == encoders.hash:
            encoders = current.generation.encoders
        generation = open_generation(bundle, paths, index_id=pair.index_id, encoders=encoders)
    features = FeatureSet.from_json(bundle.text("features.json"))
    state = FeatureState.load(
        state_folder(paths.features, features), features, most_new=options.most_new
    )
    serving = ServingState(
        pair,
        Ranker(
            bundle,
            generation,
            state,
            seed=seed,
            exploration=options.exploration,
            order_switches=options.order_switches,
            diversity=options.diversity,
        ),
        generation,
        state,
        after_seq=state.last_seq,
        after_erasure=after_erasure,
        options=options,
    )
    for visitor_id in waiting:
        state.forget(visitor_id)
    if current is not None and is_renewed:
        serving.take_catalog(current)
    else:
        serving.reconcile(catalog)
    if log is not None:
        serving.follow_log(log, erased)
    return serving


def _has_same_content(indexed: Product, product: Product) -> bool:
    """Whether all is equal but price, stock and the time of the change."""
    return (
        replace(
            indexed,
            price_minor=product.price_minor,
            stock_units=product.stock_units,
            updated_at_us=product.updated_at_us,
        )
        == product
    )


class ErasedVisitors:
    """Visitors who asked to be forgotten, in this process's lifetime or before: nothing from before they asked is known of them. Read by many threads, followed by one.

    They are remembered until the process ends, also when files hold nothing of them any more: pages of before may still be
    in memory.
    """

    def __init__(self, register: Erasures | None = None) -> None:
        self._register = register
        self._requests: dict[str, Receipt] = {}  # replaced, never changed: readers take no lock
        self.newest = 0  # the number of the newest request

    def follow(self) -> None:
        """Take over the requests that came since the last call."""
        if self._register is None:
            return
        found = self._register.pending(after=self.newest)
        if found:
            self._requests = self._requests | {str(r.visitor_id): r for r in found}
            self.newest = found[-1].seq

    def request(self, visitor_id: str, *, at_us: int, after_seq: int) -> Receipt:
        """Record a request durably, as :meth:`Erasures.request`; what follows the register hears of it at once."""
        if self._register is None:
            raise ShopError("this server has no register of erasures", fix="start it on a shop")
        return self._register.request(visitor_id, at_us=at_us, after_seq=after_seq)

    def latest(self, visitor_id: str) -> Receipt | None:
        """The newest receipt of a visitor."""
        return None if self._register is None else self._register.latest(visitor_id)

    def waiting(self) -> list[str]:
        """Visitors of whom files still hold something."""
        if self._register is None:
            return []
        return [str(r.visitor_id) for r in self._register.pending()]

    def request_of(self, visitor_id: str) -> Receipt | None:
        """The request of a visitor who asked while this process was there, or was waiting when it began."""
        return self._requests.get(visitor_id)

    def since(self, after: int) -> list[str]:
        """Visitors whose request has a number above ``after``."""
        return [visitor for visitor, r in self._requests.items() if r.seq > after]

    def covers_event(self, visitor_id: str, seq: int) -> bool:
        """Whether an event of the live log came before its visitor asked to be forgotten."""
        found = self._requests.get(visitor_id) if self._requests else None
        return found is not None and seq <= found.after_seq

    def covers_page(self, page: StoredPage) -> bool:
        """Whether a page was served before its visitor asked to be forgotten."""
        found = self._requests.get(page.query.visitor_id) if self._requests else None
        return found is not None and page.served_at_us <= found.requested_at_us

    def close(self) -> None:
        """Close the register."""
        if self._register is not None:
            self._register.close()


def revalidate(
    served: Served, offers: Mapping[str, Offer], filters: Filters, snapshot: Snapshot
) -> Served:
    """The page without the products that sold out, left a filter or were removed since: the last check before it leaves.

    The columns in memory are up to 200 ms old. The page's notes say how many products it lost:
    ``"changed:2"``. The others keep the positions at which they were ranked.

    Args:
        served: The page as it was ranked.
        offers: Price and stock by product id. A product without an entry was removed.
        filters: Of the request and of what was read in its words.
        snapshot: The index that ranked it; its variants keep prices of their own.
    """
    placed = served.page.placed
    rows = [snapshot.row_of.get(p.product_id, -1) for p in placed]
    prices, stock = snapshot.price_minor.copy(), snapshot.stock_units.copy()
    for row, product in zip(rows, placed, strict=True):
        if row >= 0 and (offer := offers.get(product.product_id)) is not None:
            prices[row] = -1 if offer.price_minor is None else offer.price_minor
            stock[row] = -1 if offer.stock_units is None else offer.stock_units
    now = replace(snapshot, price_minor=prices, stock_units=stock)
    passes = FilterMasks(now, filters).rows()
    kept = [
        i
        for i, (row, product) in enumerate(zip(rows, placed, strict=True))
        if product.product_id in offers and row >= 0 and passes[row]
    ]
    n_dropped = len(placed) - len(kept)
    if not n_dropped:
        return served
    page = replace(
        served.page,
        placed=tuple(placed[i] for i in kept),
        notes=(*served.page.notes, f"changed:{n_dropped}"),
    )
    return replace(served, page=page, features=served.features[kept])
