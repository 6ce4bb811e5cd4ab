"""Pages that visitors without a history share for a moment, while more is asked for than can be made."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace

from baihuo.core import Query, Served

_MOST = 256  # pages, about 100 kB each


class SharedPages:
    """Served pages by what was asked for, whoever asked."""

    def __init__(self, max_age_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_age_s, self._clock = max_age_s, clock
        self._pages: OrderedDict[Hashable, tuple[float, Served]] = OrderedDict()

    def get(self, query: Query, version: Hashable) -> Served | None:
        """A page for ``query``, with its query id and visitor, so that it is logged and continued as its own; None where there is none.

        Exploration is that of the page that is shared: its propensities are true of each visitor, and its draws are not independent.

        Args:
            query: Of a visitor without a history.
            version: Of all that a page depends on besides the query. Another one ends the sharing.
        """
        at, served = self._pages.get(_key(query, version), (0.0, None))
        if served is None or self._clock() - at > self._max_age_s:
            return None
        page = replace(served.page, query_id=query.query_id)
        return replace(served, query=query, page=page, served_at_us=query.at_us)

    def put(self, served: Served, version: Hashable) -> None:
        """Share a page."""
        self._pages[_key(served.query, version)] = (self._clock(), served)
        if len(self._pages) > _MOST:
            self._pages.popitem(last=False)


def _key(query: Query, version: Hashable) -> Hashable:
    return replace(query, query_id="", visitor_id="", at_us=0), version
