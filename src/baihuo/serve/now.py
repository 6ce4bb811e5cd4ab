"""One bundle over one index generation, with everything it needs to answer, kept up to date."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from baihuo.bundle import Bundle, Pair
from baihuo.catalog import Catalog, Offer
from baihuo.core import Product, Query, Served, ShopPaths, Surface
from baihuo.encode import Encoders
from baihuo.events import EventLog, StoredPage
from baihuo.features import FeatureSet, FeatureState, state_folder
from baihuo.index import Generation
from baihuo.rank import Exploration, Ranker, WhyNot, why_not
from baihuo.rank.why_not import where_in_order
from baihuo.serve.fresh import as_offered

_BATCH = 2_000
_WARM = (
    (Surface.SEARCH, "a first search"),
    (Surface.SEARCH, "第一次搜索"),
    (Surface.HOME, ""),
    (Surface.SIMILAR, ""),
)


class Now:
    """What answers requests. Read by many threads; each follower is called by one."""

    def __init__(
        self,
        pair: Pair,
        ranker: Ranker,
        generation: Generation,
        state: FeatureState,
        *,
        after_seq: int,
        after_version: int,
    ) -> None:
        self.pair, self.ranker, self.generation, self.state = pair, ranker, generation, state
        self._after_seq, self._after_version = after_seq, after_version
        self._stamp = -1  # of the catalogue, when all of its changes were here; -1: not yet

    def serves(self, pair: Pair) -> bool:
        """Whether it is this bundle over this index."""
        return (pair.bundle_id, pair.index_id) == (self.pair.bundle_id, self.pair.index_id)

    def page(self, query: Query, continued: StoredPage | None, catalog: Catalog) -> Served:
        """The page asked for, with price and stock checked once more if anybody wrote since."""
        seen = self._stamp  # before the page is made: what is followed meanwhile may not be in it
        served = self.ranker.page(query, continued=continued)
        if seen == catalog.stamp():
            return served
        return as_offered(served, catalog.offers([p.product_id for p in served.page.placed]))

    def why_not(self, served: Served, product_id: str) -> WhyNot:
        """What became of a product on a page that was just made."""
        query = served.query
        for placed in served.page.placed:  # behind the frozen order too
            if placed.product_id == product_id:
                at = placed.position
                why = f"it stands on this page, at {at}"
                return WhyNot(product_id, at, query.page, "page", why)
        found = where_in_order(served.order, query, product_id)
        if found is None:
            return why_not(self.ranker, query, product_id)
        if found.page != query.page:
            return found
        return replace(
            found, stage="last_look", why="it was sold out, repriced or taken out just now"
        )

    def warm(self) -> None:
        """Asks once for each kind of page: dictionaries and encoders load at their first use, which
        takes seconds, and no shopper shall wait for them. Nothing of it is logged."""
        any_product = next(iter(self.generation.row_of), None)
        for surface, words in _WARM:
            if surface is not Surface.SIMILAR or any_product is not None:
                self.ranker.page(
                    Query(
                        query_id="warm",
                        surface=surface,
                        visitor_id="warm",
                        at_us=self.state.at_us,
                        query_text=words,
                        product_id=any_product if surface is Surface.SIMILAR else None,
                    )
                )

    def follow_log(self, log: EventLog) -> None:
        """Applies the events that came since."""
        while rows := log.tail(self._after_seq, _BATCH):
            for seq, event in rows:
                self.state.apply(event)
                self._after_seq = seq

    def follow_catalog(self, catalog: Catalog) -> None:
        """Takes over the products, prices and stock that changed since."""
        stamp = catalog.stamp()
        while changes := catalog.changes(self._after_version, _BATCH):
            kinds = {c.product_id: c.kind for c in changes if c.kind != "offer"}
            gone = [i for i, kind in kinds.items() if kind == "removed"]
            changed = [i for i, kind in kinds.items() if kind == "product"]
            offered = [
                c.product_id for c in changes if c.kind == "offer" and c.product_id not in kinds
            ]
            self._take(list(catalog.get_many(changed).values()), gone)
            self._reprice(catalog.offers(offered))
            self._after_version = changes[-1].version
        self._stamp = stamp  # everything up to it is here

    def reconcile(self, catalog: Catalog) -> None:
        """Makes the generation equal to the catalogue, whatever happened since it was built."""
        self._after_version = catalog.version()
        there: set[str] = set()
        changed: list[Product] = []
        offers: dict[str, Offer] = {}
        for product in catalog.products():
            there.add(product.product_id)
            row = self.generation.row_of.get(product.product_id)
            held = None if row is None else self.generation.product(row)
            if held is None or not _is_same(held, product):
                changed.append(product)
            elif (held.price_minor, held.stock_units) != (product.price_minor, product.stock_units):
                offers[product.product_id] = Offer(product.price_minor, product.stock_units)
        gone = [i for i in list(self.generation.row_of) if i not in there]
        self._take(changed, gone)
        self._reprice(offers)

    def _take(self, products: list[Product], gone: list[str]) -> None:
        if products:
            self.generation.upsert(products)
            self.state.add_products(products)
        if gone:
            self.generation.remove(gone)

    def _reprice(self, offers: dict[str, Offer]) -> None:
        for product_id, offer in offers.items():
            row = self.generation.row_of.get(product_id)
            if row is not None:
                self.generation.set_offer(
                    row,
                    price_minor=-1 if offer.price_minor is None else offer.price_minor,
                    stock_units=-1 if offer.stock_units is None else offer.stock_units,
                )


def open_now(
    shop: Path,
    pair: Pair,
    catalog: Catalog,
    log: EventLog | None,
    *,
    seed: int,
    exploration: Exploration | None = None,
) -> Now:
    """Opens a release and brings it up to date with the log and the catalogue.

    Args:
        log: None where the shop has none yet.

    Raises:
        NotFound: a folder is missing.
        BadInput: the bundle is not what was sealed.
    """
    paths = ShopPaths(shop)
    bundle = Bundle.open(paths.bundles / pair.bundle_id)
    encoders = Encoders.open(bundle.folder("encoders"))
    generation = Generation.open(paths.index / pair.index_id, encoders)
    features = FeatureSet.from_json(bundle.text("features.json"))
    state = FeatureState.load(state_folder(paths.features, features), features)
    now = Now(
        pair,
        Ranker(bundle, generation, state, seed=seed, exploration=exploration or Exploration()),
        generation,
        state,
        after_seq=state.last_seq,
        after_version=0,
    )
    now.reconcile(catalog)
    now.warm()
    if log is not None:
        now.follow_log(log)
    return now


def _is_same(held: Product, product: Product) -> bool:
    """Whether everything but price, stock and the time of the change is equal."""
    return (
        replace(
            held,
            price_minor=product.price_minor,
            stock_units=product.stock_units,
            updated_at_us=product.updated_at_us,
        )
        == product
    )
