"""The six kinds of stage. Each returns the smallest thing it may change; the pipeline applies it.

Source    candidates                     fails open: the page goes on without them
Hydrator  new columns                    fails open: who reads them fails in its own way
Filter    a mask, True to keep           fails closed: nothing passes
Scorer    one column                     fails open: the column it falls back to stands in
Selector  an order, and columns with it  fails open: the order stays as it was
Observer  nothing                        fails open
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.rank.request_context import RequestContext

_HUMP = re.compile(r"(?<!^)(?=[A-Z])")


class Stage(ABC):
    """One step of a surface. Its name in traces is its class in snake case."""

    kind: ClassVar[str]

    @property
    def name(self) -> str:
        """``BoughtBefore`` is ``bought_before`` in traces, reasons and metrics."""
        return _HUMP.sub("_", type(self).__name__).lower()

    def reads(self) -> set[str]:
        """Columns that must be there before it runs."""
        return set()

    def writes(self) -> set[str]:
        """Columns that are there after it ran, whatever happened."""
        return set()

    def note(self, context: RequestContext) -> str:
        """What the stage wants said in the trace of this page."""
        return ""


class Source(Stage):
    """Finds candidates."""

    kind = "source"

    @property
    def column(self) -> str:
        """The column of its score: NaN for a candidate that it did not find itself."""
        return f"from_{self.name}"

    def writes(self) -> set[str]:
        return {self.column}

    @abstractmethod
    def find(self, context: RequestContext) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Rows without repeats, and a score for each: larger is better."""


class Hydrator(Stage):
    """Brings columns to candidates."""

    kind = "hydrator"

    @abstractmethod
    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        """Exactly the columns of :meth:`writes`, each as long as ``candidates``."""


class Filter(Stage):
    """Takes candidates out."""

    kind = "filter"

    @abstractmethod
    def keep(self, context: RequestContext, candidates: Candidates) -> NDArray[np.bool_]:
        """True where the candidate may stay."""


class Scorer(Stage):
    """Scores candidates."""

    kind = "scorer"
    column: str = "score"
    falls_back_to: str | None = None  # the column that stands in when it fails

    def writes(self) -> set[str]:
        return {self.column}

    @abstractmethod
    def score(self, context: RequestContext, candidates: Candidates) -> NDArray[np.float64]:
        """One finite number a candidate: larger is better."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a selector chose: indices into its candidates, best first, and columns in that order."""

    order: NDArray[np.intp]
    columns: dict[str, NDArray[Any]] = field(default_factory=dict)


class Selector(Stage):
    """Orders, cuts, or mixes candidates."""

    kind = "selector"

    @abstractmethod
    def choose(self, context: RequestContext, candidates: Candidates) -> Selection:
        """An order without repeats; a candidate that is left out leaves the page."""


class Observer(Stage):
    """Looks at the result and changes nothing."""

    kind = "observer"

    @abstractmethod
    def observe(self, context: RequestContext, candidates: Candidates) -> None:
        """Called once a page, after the last selector."""
