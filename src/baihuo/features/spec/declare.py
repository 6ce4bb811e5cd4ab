"""Declarations of lookback and derived features, and sets of them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.core import BadInput, Event, EventType, Surface

Entity: TypeAlias = tuple[str, ...]
"""Whose past a feature reads: ``("visitor", "brand")`` is one visitor's past with one brand."""

ENTITIES: Final[tuple[Entity, ...]] = (
    ("visitor",),
    ("product",),
    ("brand",),
    ("category",),
    ("visitor", "product"),
    ("visitor", "brand"),
    ("visitor", "category"),
    ("query", "product"),
)
Aggregate: TypeAlias = Literal["count", "sum", "last", "decayed"]
Value: TypeAlias = Literal["dwell_ms", "price_minor", "quantity", "revenue_minor"]


class DerivedKind(StrEnum):
    """What an event is besides its type, counted under a name of its own. No event is two of these."""

    SEARCHED = "searched"  # an impression at the top of a search: what the words mean to this shop
    FOUND = "found"  # an impression further down
    CLICKED_FOUND = "clicked_found"  # a click in a search


EventKind: TypeAlias = EventType | DerivedKind
"""What a lookback counts."""

KINDS: Final[tuple[EventKind, ...]] = (*EventType, *DerivedKind)
_KIND_OF: Final = {str(kind): kind for kind in KINDS}
TOP_OF_SEARCH: Final = 3
"""Positions of a search whose products say what was searched for; further down they say less of it."""


def kinds_of(event: Event) -> tuple[EventKind, ...]:
    """Return an event's type, and what it is besides. :func:`is_kind_sql` says the same of rows."""
    if event.surface == Surface.SEARCH:
        if event.event_type is EventType.CLICK:
            return (event.event_type, DerivedKind.CLICKED_FOUND)
        if event.event_type is EventType.IMPRESSION:
            is_at_top = event.position is not None and event.position <= TOP_OF_SEARCH
            return (event.event_type, DerivedKind.SEARCHED if is_at_top else DerivedKind.FOUND)
    return (event.event_type,)


def is_kind_sql(kind: EventKind) -> str:
    """Return SQL for whether a row of events is of a kind."""
    if not isinstance(kind, DerivedKind):
        return f"event_type = '{kind}'"
    of_type = EventType.CLICK if kind is DerivedKind.CLICKED_FOUND else EventType.IMPRESSION
    is_at_top = f"coalesce(position, {TOP_OF_SEARCH + 1}) <= {TOP_OF_SEARCH}"
    place = {
        DerivedKind.SEARCHED: f" AND {is_at_top}",
        DerivedKind.FOUND: f" AND NOT {is_at_top}",
    }
    return f"event_type = '{of_type}' AND surface = '{Surface.SEARCH}'{place.get(kind, '')}"


HOUR_US: Final = 3_600_000_000
DAY_US: Final = 24 * HOUR_US
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookback:
    """One number about the past of an entity, as known at a moment.

    An event is known from ``received_at_us`` on: at ``at_us`` only events received *before* it count.

    - ``count``, ``sum``: events (their ``value``) in the bucket of now and the ``window_*`` whole hour
      or day buckets (UTC) before it. So 7 days are at least 7 and less than 8 days.
    - ``decayed``: the same with weight ``2 ** -(age / half_life)`` and no edge.
    - ``last``: days since the last such event; with ``value``, its value. Where the window holds none:
      one bucket more than the window (the value: 0). There is no "missing".

    ``quantity`` counts a missing quantity as 1; ``revenue_minor`` is price × quantity; other missing values
    add 0 (``last`` skips them). Features of visitors and queries have a window or a half-life, so that serving can forget.

    Raises:
        BadInput: the declaration contradicts itself.
    """

    name: str
    entity: Entity
    events: tuple[EventKind, ...]
    aggregate: Aggregate
    value: Value | None = None
    window_days: int | None = None
    window_hours: int | None = None
    half_life_days: float | None = None
    about: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        ends = [self.window_days, self.window_hours, self.half_life_days]
        n_ends = sum(end is not None for end in ends)
        if not _NAME.fullmatch(self.name):
            self._refuse("its name is not lower_case", "use letters, digits and _, at most 63")
        if self.entity not in ENTITIES:
            self._refuse(f"no entity {self.entity}", f"choose one of {ENTITIES}")
        if not self.events:
            self._refuse("it names no events", "name at least one event type")
        if any(end is not None and end <= 0 for end in ends):
            self._refuse("its window or half-life is not positive", "give a positive number")
        if (self.aggregate == "decayed") != (self.half_life_days is not None) or n_ends > 1:
            self._refuse(
                "window and half-life do not fit the aggregate",
                "give half_life_days to decayed, one of window_days and window_hours to the others",
            )
        if n_ends == 0 and (self.aggregate == "last" or {"visitor", "query"} & {*self.entity}):
            self._refuse("it would never be forgotten", "give it a window or a half-life")
        if (self.aggregate == "count" and self.value) or (
            self.aggregate == "sum" and not self.value
        ):
            self._refuse("count takes no value, sum needs one", "use sum with a value, or count")

    def _refuse(self, why: str, fix: str) -> None:
        raise BadInput(f"feature {self.name!r}: {why}", fix=fix)

    @property
    def granule_us(self) -> int:
        """Length of one bucket of the window, in microseconds."""
        return HOUR_US if self.window_hours is not None else DAY_US

    @property
    def n_granules(self) -> int | None:
        """Whole buckets before the current one; None without a window."""
        return self.window_hours if self.window_hours is not None else self.window_days

    @property
    def half_life_us(self) -> float:
        """Microseconds after which an event counts half; only for ``decayed``."""
        return (self.half_life_days or 0.0) * DAY_US

    @property
    def never(self) -> float:
        """The value without such an event in the window."""
        if self.aggregate != "last" or self.value is not None or self.n_granules is None:
            return 0.0
        return (self.n_granules + 1) * self.granule_us / DAY_US

    @property
    def measure(self) -> tuple[Any, ...]:
        """All that determines its value: lookbacks of equal measure share a column."""
        return (
            self.entity,
            tuple(sorted(self.events)),
            self.aggregate,
            self.value,
            self.granule_us,
            self.n_granules,
            self.half_life_days,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """A feature computed from other columns of the same row by one numpy function.

    ``function`` names it in :data:`DERIVED_FUNCTIONS`; it gets the columns ``from_`` as float32 arrays, then
    ``constants``. Training and serving call the same function on the same kind of column.
    """

    name: str
    from_: tuple[str, ...]
    function: str
    constants: tuple[float, ...] = ()
    about: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.function not in DERIVED_FUNCTIONS:
            raise BadInput(
                f"feature {self.name!r}: its name or its function {self.function!r} is not known",
                fix=f"functions are {sorted(DERIVED_FUNCTIONS)}; others are added with derived_function",
            )

    def compute(self, columns: Mapping[str, Column]) -> Any:
        """The values of the feature, from columns of the same rows by name."""
        ingredients = [columns[name] for name in self.from_]
        return DERIVED_FUNCTIONS[self.function](*ingredients, *self.constants)


@dataclass(frozen=True)
class FeatureSet:
    """Lookbacks, then features derived from them: the columns of a row of features, in this order.

    Raises:
        BadInput: a name is declared twice, or a feature is derived from a column that is not declared before it.
    """

    lookbacks: tuple[Lookback, ...]
    derived: tuple[Derived, ...] = ()

    def __post_init__(self) -> None:
        known: set[str] = set()
        every: tuple[Lookback | Derived, ...] = (*self.lookbacks, *self.derived)
        for one in every:
            missing = [n for n in getattr(one, "from_", ()) if n not in known]
            if missing or one.name in known:
                raise BadInput(
                    f"feature {one.name!r} "
                    + (
                        f"needs {missing}, not declared before it"
                        if missing
                        else "is declared twice"
                    ),
                    fix="declare ingredients first, and every name once",
                )
            known.add(one.name)

    @cached_property
    def lookback_names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.lookbacks)

    @cached_property
    def names(self) -> tuple[str, ...]:
        return (*self.lookback_names, *(one.name for one in self.derived))

    @cached_property
    def hash(self) -> str:
        """Twelve hex digits that change when any value could change (a description does not)."""
        declarations = json.loads(self.to_json())
        for one in (*declarations["lookbacks"], *declarations["derived"]):
            one.pop("about", None)
        text = json.dumps(declarations, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def to_json(self) -> str:
        """The set as JSON, for a bundle."""
        return json.dumps(
            {
                "lookbacks": [_to_dict(one) for one in self.lookbacks],
                "derived": [_to_dict(one) for one in self.derived],
            },
            indent=1,
        )

    @classmethod
    def from_json(cls, text: str) -> FeatureSet:
        """The inverse of :meth:`to_json`.

        Raises:
            BadInput: an unknown field, or a declaration that contradicts itself.
        """
        try:
            declarations = json.loads(text)
            return cls(
                tuple(Lookback(**_from_dict(one)) for one in declarations["lookbacks"]),
                tuple(Derived(**_from_dict(one)) for one in declarations["derived"]),
            )
        except (TypeError, KeyError, ValueError) as error:
            raise BadInput(
                f"these are not feature declarations: {error}",
                fix="read them with the version that wrote them, or write them with FeatureSet.to_json",
            ) from error

    def with_features(self, *more: Lookback | Derived) -> FeatureSet:
        """Return this set with more features."""
        return FeatureSet(
            (*self.lookbacks, *_of_kind(Lookback, more)), (*self.derived, *_of_kind(Derived, more))
        )


def _of_kind(kind: type, features: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(one for one in features if isinstance(one, kind))


def _to_dict(one: Lookback | Derived) -> dict[str, Any]:
    values = {name: getattr(one, name) for name in one.__slots__}
    return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items() if v is not None}


def _from_dict(stored: dict[str, Any]) -> dict[str, Any]:
    fields = {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()}
    if "events" in fields:
        fields["events"] = tuple(_KIND_OF[one] for one in fields["events"])
    return fields


# Numpy functions that derive features from others: one copy, for training and serving.


Column: TypeAlias = NDArray[np.floating[Any]]
DerivedFunction: TypeAlias = Callable[..., Any]

DERIVED_FUNCTIONS: Final[dict[str, DerivedFunction]] = {}
"""By name. A function takes float32 columns of one length, then constants; it works row by row."""


def derived_function(function: DerivedFunction) -> DerivedFunction:
    """Register a function by its name, before the features that use it are declared."""
    if function.__name__ in DERIVED_FUNCTIONS:
        raise ValueError(f"there is a derived function {function.__name__!r} already")
    DERIVED_FUNCTIONS[function.__name__] = function
    return function


@derived_function
def rate(n_outcomes: Column, n_chances: Column, prior: float, strength: float) -> Column:
    """Outcomes for each chance, shrunk to ``prior`` as by ``strength`` earlier chances. Outcomes may exceed chances (a purchase whose click
    was not logged): not cut off.
    """
    return (n_outcomes + np.float32(prior * strength)) / (n_chances + np.float32(strength))


@derived_function
def mean(total: Column, count: Column) -> Column:
    """``total / count``; 0 if nothing was counted."""
    return total / np.maximum(count, np.float32(1))


@derived_function
def share(part: Column, whole: Column) -> Column:
    """The part of the whole, 0 to 1 where part ≤ whole; towards 0 if the whole is nearly 0. The floor of the whole is far above totals that
    serving may forget, so forgetting has no effect.
    """
    return part / np.maximum(whole, np.float32(0.01))


@derived_function
def per_day(count: Column, window_days: float) -> Column:
    """How often a day."""
    return count / np.float32(window_days)


@derived_function
def freshness(days_since: Column, scale_days: float) -> Column:
    """``scale / (scale + days)``: 1 now, one half after ``scale_days``, towards 0."""
    return np.float32(scale_days) / (np.float32(scale_days) + days_since)


@derived_function
def trend(recent: Column, longer: Column, recent_days: float, longer_days: float) -> Column:
    """Log of the recent daily rate over the longer one, each with one event added: 0 is steady."""
    fast = (recent + np.float32(1)) / np.float32(recent_days)
    slow = (longer + np.float32(longer_days / recent_days)) / np.float32(longer_days)
    return np.log(fast / slow)


@derived_function
def log1p(count: Column) -> Column:
    """``log(1 + count)``."""
    return np.log1p(count)


@derived_function
def due(days_since: Column, n_purchases: Column, window_days: float) -> Column:
    """Time since the last purchase in units of the usual gap: 1 is "about now", 0 is never bought.

    The usual gap is ``window_days / n_purchases``.
    """
    return days_since * n_purchases / np.float32(window_days)
