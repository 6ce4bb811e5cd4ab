"""The catalogue and the search page of a worker, as customer service asks for them."""

from __future__ import annotations

from collections.abc import Sequence

from baihuo import assist
from baihuo.core import Product, Query, Surface
from baihuo.serve.ids import new_id, now_us
from baihuo.serve.worker.worker import NotReady, Worker


class WorkerShelf:
    """Searches are pages like others: ranked, logged, and their clicks are learned from."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def product(self, product_id: str) -> Product | None:
        """As the catalogue has it now."""
        return self._worker.catalog.get_many([product_id]).get(product_id)

    def search(
        self, text: str, *, visitor_id: str, language: assist.Language, n: int
    ) -> Sequence[Product]:
        """The first products of the search page; none before anything was released."""
        query = Query(
            query_id=new_id(),
            surface=Surface.SEARCH,
            visitor_id=visitor_id,
            at_us=now_us(),
            query_text=text,
            language=language,
            page_size=n,
        )
        try:
            served = self._worker.page(query, is_continued=False)
        except NotReady:
            return ()
        ids = [placed.product_id for placed in served.page.placed]
        found = self._worker.catalog.get_many(ids)
        return [found[i] for i in ids if i in found]
