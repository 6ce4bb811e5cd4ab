"""What the log says of searches: which are suggested while one types, and which are related to a page."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TypeAlias, TypeVar

from baihuo.core import ShopPaths
from baihuo.index import RelatedSearches, Suggester, read_related, read_typed_queries
from baihuo.serve.worker.serving_state import ServingState

_LOG = logging.getLogger(__name__)
_Made = TypeVar("_Made")
_Read: TypeAlias = tuple[tuple[ServingState, int], _Made]
"""The release and the time of the file that something was made of, and what was made."""


class LearnedSearches:
    """The two files that reading the log again leaves, each read once for a release and a version of the file."""

    def __init__(self, paths: ShopPaths) -> None:
        self._paths = paths
        self._suggester: _Read[Suggester] | None = None
        self._related: _Read[RelatedSearches] | None = None

    def suggester(self, state: ServingState) -> Suggester:
        """What completes a search of this release."""
        known = self._suggester
        if known is None or known[0][0] is not state:
            known = self._read_typed(state)
        return known[1]

    def related(self, state: ServingState) -> RelatedSearches:
        """The searches beside a page of this release, as they were last read."""
        known = self._related
        if known is None or known[0][0] is not state:
            known = self._read_related(state)
        return known[1]

    def read(self, state: ServingState) -> None:
        """Take over what changed in the files. A file that cannot be read keeps no release from
        serving: who asks for what it says is told what is wrong with it."""
        for read in (self._read_related, self._read_typed):
            try:
                read(state)
            except Exception as error:
                _LOG.warning("what the log says of searches was not taken over: %s", error)

    def _read_related(self, state: ServingState) -> _Read[RelatedSearches]:
        key, known = _key(state, self._paths.related_queries), self._related
        if known is None or known[0] != key:
            learned = read_related(self._paths.related_queries)
            self._related = known = (key, RelatedSearches(learned, state.generation))
        return known

    def _read_typed(self, state: ServingState) -> _Read[Suggester]:
        key, known = _key(state, self._paths.typed_queries), self._suggester
        if known is None or known[0] != key:
            typed = read_typed_queries(self._paths.typed_queries)
            self._suggester = known = (key, Suggester(typed, state.generation))
        return known


def _key(state: ServingState, file: Path) -> tuple[ServingState, int]:
    return state, file.stat().st_mtime_ns if file.exists() else 0
