"""Decide which events count for all visitors at once, and which wait for the checks.

Visitors in the clean tables of the release are *known*; others may be cookies of a script. Known visitors count, a few times a day on each
product. New ones count up to the expected number, from the product's past days and known visitors today. Events beyond it change only their
own visitor's pages. They are in the log: the checks judge them later, and the next features count those that pass. So a flood costs no
memory.

A sale or a trend brings known visitors, too, and rises at once. A product that only newcomers want (a post elsewhere) grows by a factor a
day until its visitors are checked.
"""

from __future__ import annotations

import logging
from collections import OrderedDict, deque
from collections.abc import Hashable
from math import exp
from statistics import median
from typing import Generic, TypeVar

from baihuo.core import Event, EventType
from baihuo.events import Belief
from baihuo.features.online.flood_settings import FloodSettings
from baihuo.features.online.state import FeatureState

_LOG = logging.getLogger(__name__)
_HOUR_US, _DAY_US = 3_600_000_000, 86_400_000_000
_TIMES = {  # a page sends a dozen impressions; an order counts as five clicks, and is cheap
    # to forge without a key
    EventType.IMPRESSION: 10.0,
    EventType.AD_IMPRESSION: 10.0,
    EventType.PURCHASE: 0.1,
}
_MIN_KNOWN = 10  # least events of known visitors in a usable hour
_MIN_HOURS, _MAX_HOURS = 6, 168
_USUAL_ODDS = 1.0  # new to known visitors, before enough hours
_USUAL_DAYS = 7  # in a shorter window a flood would raise its own limit
_LOGGED_FROM = 20  # events in an hour that were held back


class PopularityGate:
    """Applies events to a state: for all visitors, or for their own visitor only. One thread calls it.

    Decisions depend only on events in log order, so every worker decides alike. Earlier decisions (of ended workers or earlier releases)
    stay.
    """

    def __init__(self, state: FeatureState, settings: FloodSettings) -> None:
        self._state, self._settings = state, settings
        self.is_active = settings.hold_back and state.n_remembered >= settings.min_known_visitors
        n = settings.remembered
        self._of_new: DecayedCounts[tuple[str, EventType]] = DecayedCounts(
            fades=_DAY_US, remembered=n
        )
        self._of_known: DecayedCounts[tuple[str, EventType]] = DecayedCounts(
            fades=_DAY_US, remembered=n
        )
        self._of_visitor: DecayedCounts[tuple[str, str, EventType]] = DecayedCounts(
            fades=_DAY_US, remembered=n
        )
        self._held: DecayedCounts[str] = DecayedCounts(fades=_HOUR_US, remembered=8)
        self._odds: deque[float] = deque(maxlen=_MAX_HOURS)
        self._hour, self._n_known, self._n_new = 0, 0, 0
        self._usual: dict[str, tuple[int, dict[EventType, float]]] = {}
        self._columns = _daily_columns(state)
        self._logged_hour = 0

    def apply(self, event: Event, belief: Belief = Belief.ORDINARY) -> bool:
        """Apply an event to the state; whether it counts for all visitors.

        Args:
            belief: Belief of the receiving worker, or the earlier decision. Events vouched for by the shop's server always count.
        """
        reason = self._reason(event, belief) if self.is_active else None
        self._state.apply(event, for_all=reason is None)
        if reason is None:
            return True
        n = self._held.add(reason, event.received_at_us)
        hour = event.received_at_us // _HOUR_US
        if n >= _LOGGED_FROM and hour != self._logged_hour:
            self._logged_hour = hour
            text = "more events than expected; the rest wait for the checks: by %s, last about %s"
            _LOG.warning(text, reason, event.product_id)
        return False

    def held_per_hour(self, at_us: int) -> dict[str, float]:
        """Return held-back events per hour by reason."""
        return {
            reason: self._held.get(reason, at_us) for reason in ("product", "visitor", "sender")
        }

    def _reason(self, event: Event, belief: Belief) -> str | None:
        """Return why an event is held back, or None."""
        if event.product_id is None or belief is Belief.VOUCHED:
            return None
        kind, at_us, settings = event.event_type, event.received_at_us, self._settings
        times = _TIMES.get(kind, 1.0)
        is_known = self._state.is_remembered(event.visitor_id)
        self._see(at_us, is_known=is_known)
        if belief is Belief.DOUBTED:
            return "sender"
        if belief is Belief.HELD_BACK:
            return "product"
        of_visitor, key = (event.visitor_id, event.product_id, kind), (event.product_id, kind)
        most = settings.visitor_per_day * max(1.0, times)
        is_decided = belief is Belief.COUNTED
        if not is_decided and self._of_visitor.get(of_visitor, at_us) + 1 > most:
            return "visitor"
        is_open = is_known or is_decided
        if not is_open and self._of_new.get(key, at_us) + 1 > self._expected(key, at_us, times):
            return "product"
        self._of_visitor.add(of_visitor, at_us)
        (self._of_known if is_known else self._of_new).add(key, at_us)
        return None

    def _expected(self, key: tuple[str, EventType], at_us: int, times: float) -> float:
        """Return the expected daily events of new visitors about a product."""
        settings, share = self._settings, min(1.0, times)
        expected = settings.beside_known * self._usual_odds() * self._of_known.get(key, at_us)
        lowest = settings.product_per_day * times + share * expected
        if self._of_new.get(key, at_us) + 1 <= lowest:  # most events end here: the rest costs more
            return lowest
        return lowest + share * settings.growth * self._usual_per_day(key, at_us)

    def _see(self, at_us: int, *, is_known: bool) -> None:
        """Record the hourly odds of new to known visitors; their median resists single hours."""
        hour = at_us // _HOUR_US
        if hour > self._hour:
            if self._n_known >= _MIN_KNOWN:
                self._odds.append(self._n_new / self._n_known)
            self._hour, self._n_known, self._n_new = hour, 0, 0
        self._n_known += is_known
        self._n_new += not is_known

    def _usual_odds(self) -> float:
        return median(self._odds) if len(self._odds) >= _MIN_HOURS else _USUAL_ODDS

    def _usual_per_day(self, key: tuple[str, EventType], at_us: int) -> float:
        """Return a product's past events per day, from the features; read once an hour."""
        product_id, kind = key
        hour = at_us // _HOUR_US
        known = self._usual.get(product_id)
        if known is None or known[0] != hour:
            if len(self._usual) >= self._settings.remembered:
                self._usual.clear()
            row = self._state.rows_of([product_id])
            values = self._state.matrix("", row, at_us=self._state.at_us)[0]
            usual = {event: float(values[c]) / days for event, (c, days) in self._columns.items()}
            self._usual[product_id] = known = (hour, usual)
        return known[1].get(kind, 0.0)


def _daily_columns(state: FeatureState) -> dict[EventType, tuple[int, int]]:
    """Map event types to the column counting a product's events over a week (or the next longer window), with its days."""
    found: dict[EventType, tuple[int, int]] = {}
    names = state.features.names
    for one in state.features.lookbacks:
        days = one.window_days or 0
        is_daily = one.aggregate == "count" and days >= _USUAL_DAYS
        if one.entity == ("product",) and is_daily and len(one.events) == 1:
            (event,) = one.events
            if not isinstance(event, EventType):
                continue
            if event not in found or days < found[event][1]:
                found[event] = (names.index(one.name), days)
    return found


# Decayed counts of the most recent keys.


Key = TypeVar("Key", bound=Hashable)


class DecayedCounts(Generic[Key]):
    """A count for each key that falls by ``1 / e`` in ``fades``: a steady rate of ``n`` in that time counts ``n``.

    Keeps at most ``remembered`` keys; the least recently counted are forgotten first.
    """

    def __init__(self, *, fades: float, remembered: int) -> None:
        """``fades`` is in the unit of the times that :meth:`add` and :meth:`get` are called with."""
        self._fades, self._remembered = fades, remembered
        self._counts: OrderedDict[Key, tuple[float, float]] = OrderedDict()  # count and its time

    def __len__(self) -> int:
        return len(self._counts)

    def get(self, key: Key, at: float) -> float:
        """The count at ``at``. A clock set back does not change it."""
        count, since = self._counts.get(key, (0.0, at))
        return count * exp(-max(0.0, at - since) / self._fades)

    def add(self, key: Key, at: float, n: float = 1.0) -> float:
        """Add ``n``; returns the new count."""
        count = self.get(key, at) + n
        self._counts.pop(key, None)
        self._counts[key] = (count, at)
        if len(self._counts) > self._remembered:
            self._counts.popitem(last=False)
        return count
