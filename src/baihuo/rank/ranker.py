"""From a query to a page."""

from __future__ import annotations

from baihuo.bundle import Bundle
from baihuo.core import Query, Served
from baihuo.events import StoredPage
from baihuo.features import FeatureState
from baihuo.index import Generation


class Ranker:
    """Answers queries over one index generation with one bundle.

    Thread-safe. Make a new one when ``live.json`` names another bundle or index; keep it across
    events and catalogue changes, which it sees through ``state`` and ``generation``.
    """

    def __init__(
        self,
        bundle: Bundle | None,
        generation: Generation,
        state: FeatureState,
        *,
        seed: int = 0,
    ) -> None:
        """``bundle`` None: relevance orders searches, freshness and completeness the rest."""
        self.bundle, self.generation, self.state, self.seed = bundle, generation, state, seed

    def page(self, query: Query, *, continued: StoredPage | None = None) -> Served:
        """The page asked for.

        Args:
            query: With ``explain``, the page carries its trace.
            continued: The first page of this ``query_id``. Its order stays as it was, so
                no product comes twice.

        Raises:
            NotFound: ``similar`` to a product that is not in the index.
        """
        raise NotImplementedError
