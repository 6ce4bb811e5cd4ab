"""Customer service of a shop: its settings, its parts opened without a server, and a conversation in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from baihuo.assist import (
    AssistParts,
    AssistRelease,
    AssistSetup,
    Identity,
    Language,
    PartsOpener,
    Shelf,
    Talk,
)
from baihuo.catalog import Catalog
from baihuo.core import BadInput, NotFound, Product, Query, Surface, now_us
from baihuo.flow.explaining import open_live
from baihuo.settings import Settings, Shop, llm_key

if TYPE_CHECKING:
    from baihuo.serve import ServingState


def assist_setup(settings: Settings) -> AssistSetup:
    """What ``shop.yaml`` says of customer service."""
    return AssistSetup(
        assist=settings.assist,
        orders=settings.orders,
        llm=settings.assist_llm,
        llm_key=llm_key(),
    )


@contextmanager
def open_assist(shop: Shop) -> Iterator[AssistParts]:
    """The parts of a turn, as the shop has them: without anything imported, released or learned, it still answers and hands over.

    Raises:
        BadInput: there is no shop, or customer service is switched off.
    """
    if not shop.root.is_dir():
        raise BadInput(f"there is no shop at {shop.root}", fix="name its folder with --shop")
    settings = shop.settings()
    if not settings.assist.enabled:
        raise BadInput("customer service is off", fix="set assist.enabled in shop.yaml")
    with ExitStack() as opened:
        release, shelf, catalog = None, None, None
        if shop.catalog.exists():
            catalog = Catalog(shop.catalog)
            opened.callback(catalog.close)
        try:
            state = opened.enter_context(open_live(shop))
        except NotFound:
            pass
        else:
            release = AssistRelease(
                bundle=shop.bundles / state.pair.bundle_id, encoders=state.generation.encoders
            )
            if catalog is not None:
                shelf = _LiveShelf(state, catalog)
        opener = PartsOpener(
            shop, assist_setup(settings), clock=now_us, shelf=shelf, products=catalog
        )
        opened.callback(opener.close)
        yield opener.refresh(release)


@contextmanager
def open_talk(
    shop: Shop, *, shopper_id: str | None = None, product_id: str | None = None
) -> Iterator[Talk]:
    """A conversation that is not written down.

    Args:
        shopper_id: whose orders may be spoken of: who has the shop's files speaks for everybody.
        product_id: the product of the page that one is on.

    Raises:
        BadInput: there is no such shopper.
    """
    with open_assist(shop) as parts:
        identity = Identity(visitor_id="terminal")
        if shopper_id is not None:
            if parts.identifier is not None:
                identity = parts.identifier.of_server("terminal", shopper_id)
            if identity.shopper_id is None:
                raise BadInput(
                    f"no shopper {shopper_id!r} has orders in this shop",
                    fix="name one that orders.sqlite, or the shop's own system, has",
                )
        yield Talk(parts, identity, clock=now_us, page_product_id=product_id)


class _LiveShelf(Shelf):
    """The catalogue and the search page, without a server: nothing is logged."""

    def __init__(self, state: ServingState, catalog: Catalog) -> None:
        self._state, self._catalog = state, catalog

    def product(self, product_id: str) -> Product | None:
        return self._catalog.get_many([product_id]).get(product_id)

    def search(
        self, text: str, *, visitor_id: str, language: Language, n: int
    ) -> Sequence[Product]:
        query = Query(
            query_id="assist",
            surface=Surface.SEARCH,
            visitor_id=visitor_id,
            at_us=now_us(),
            query_text=text,
            language=language,
            page_size=n,
        )
        placed = self._state.page(query, None, self._catalog).page.placed
        found = self._catalog.get_many([one.product_id for one in placed])
        return [found[one.product_id] for one in placed if one.product_id in found]
