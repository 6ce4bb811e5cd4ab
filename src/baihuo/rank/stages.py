"""The six kinds of stage. Each returns the smallest thing it may change, and the pipeline applies it.

Source    candidates                     fails open: the page is made without them
Hydrator  new columns                    fails open: stages that read them fail by their own kind
Filter    a mask, True to keep           fails closed: nothing passes
Scorer    one column                     fails open: its fallback column is used
Selector  an order, and columns with it  fails open: the order is unchanged
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
    """One step of a surface. Its name in traces is the class name in snake case."""

    kind: ClassVar[str]

    @property
    def name(self) -> str:
        """``BoughtBefore`` is ``bought_before`` in traces, reasons and metrics."""
        return _HUMP.sub("_", type(self).__name__).lower()

    def reads(self) -> set[str]:
        """Columns that must exist before it runs."""
        return set()

    def writes(self) -> set[str]:
        """Columns that exist after it ran, even if it failed."""
        return set()

    def note(self, context: RequestContext) -> str:
        """A note for the trace of this page."""
        return ""


class Source(Stage):
    """Finds candidates."""

    kind = "source"

    @property
    def column(self) -> str:
        """The column of its score: NaN for candidates that it did not find."""
        return f"from_{self.name}"

    def writes(self) -> set[str]:
        return {self.column}

    @abstractmethod
    def find(self, context: RequestContext) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Distinct rows, and a score for each: larger is better."""


class Hydrator(Stage):
    """Adds columns to candidates."""

    kind = "hydrator"

    @abstractmethod
    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        """Exactly the columns of :meth:`writes`, each as long as ``candidates``."""


class Filter(Stage):
    """Removes candidates."""

    kind = "filter"

    @abstractmethod
    def keep(self, context: RequestContext, candidates: Candidates) -> NDArray[np.bool_]:
        """True for candidates to keep."""


class Scorer(Stage):
    """Scores candidates."""

    kind = "scorer"
    column: str = "score"
    falls_back_to: str | None = None  # the column that is used when it fails

    def writes(self) -> set[str]:
        return {self.column}

    @abstractmethod
    def score(self, context: RequestContext, candidates: Candidates) -> NDArray[np.float64]:
        """One finite number for each candidate: larger is better."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The result of a selector: indexes of candidates, best first, and columns in that order."""

    order: NDArray[np.intp]
    columns: dict[str, NDArray[Any]] = field(default_factory=dict)


class Selector(Stage):
    """Orders, limits or mixes candidates."""

    kind = "selector"

    @abstractmethod
    def choose(self, context: RequestContext, candidates: Candidates) -> Selection:
        """Distinct indexes; candidates that are left out are removed."""


class Observer(Stage):
    """Reads the result and changes nothing."""

    kind = "observer"

    @abstractmethod
    def observe(self, context: RequestContext, candidates: Candidates) -> None:
        """Called once for each page, after the last selector."""
