"""The last week of a shop, replayed through the state of a server."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeAlias

import numpy as np
import pyarrow as pa

from baihuo.core import EVENTS, PRODUCTS, Event, EventType
from baihuo.engine import DuckTables
from baihuo.exam import Rows
from baihuo.features import FeatureState, FloodSettings, PopularityGate, default_features, snapshot

HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
_LOOK_US = 2 * HOUR_US
_FIRST = 24  # of the most popular products
Row: TypeAlias = "dict[str, Any]"


@dataclass
class Week:
    """What one replay counted and what was most popular, look by look."""

    counted: set[str] = field(default_factory=set)
    n: int = 0
    looks: list[tuple[int, list[str]]] = field(default_factory=list)

    @property
    def share_counted(self) -> float:
        return len(self.counted) / max(1, self.n)

    def share_counted_of(self, rows: list[Row]) -> float:
        ids = {row["event_id"] for row in rows}
        return len(ids & self.counted) / max(1, len(ids))

    def hours_until_popular(self, product: str, start_us: int) -> float | None:
        """Until a product was among the first; None: it was not, to the end."""
        for at_us, best in self.looks:
            if at_us >= start_us and product in best:
                return (at_us - start_us) / HOUR_US
        return None


@dataclass
class Replay:
    """A state of everything before the last days, and the events of these."""

    folder: Path
    week: list[Row]
    settings: FloodSettings
    plain: Week = field(default_factory=Week)

    @classmethod
    def of(
        cls, rows: Rows, tables: DuckTables, work: Path, *, days: int, settings: FloodSettings
    ) -> Self:
        events = sorted(rows["events"], key=lambda row: row["received_at_us"])
        cut_us = events[-1]["received_at_us"] - days * DAY_US
        before = [row for row in events if row["received_at_us"] < cut_us]
        snapshot(
            tables,
            default_features(),
            events=_table(before, EVENTS),
            products=_table(rows["products"], PRODUCTS),
            at_us=cut_us,
            out=work / "state",
        )
        replay = cls(work / "state", events[len(before) :], settings)
        replay.plain = replay.run([], is_held=False)
        return replay

    @property
    def middle_us(self) -> int:
        return int(self.week[0]["received_at_us"]) + 2 * DAY_US

    def middling(self) -> list[str]:
        """Products that are neither popular nor unknown, by the end of the week, most popular first."""
        best = self._best(self._state_after([]), n=None)
        return best[len(best) // 4 : len(best) // 2]

    def run(
        self, added: list[Row], *, is_held: bool = True, is_checked_daily: bool = False
    ) -> Week:
        """Replay the week with more rows in it.

        Args:
            is_held: With the limits.
            is_checked_daily: Each day the checks keep all rows, and a release with the features of then begins.
        """
        settings = self.settings.model_copy(update={"hold_back": is_held})
        gate = PopularityGate(FeatureState.load(self.folder, default_features()), settings)
        found, look_us = Week(), 0
        past: list[Event] = []
        released_us = self.week[0]["received_at_us"] + DAY_US
        for row in sorted((*self.week, *added), key=lambda row: row["received_at_us"]):
            event = _event(row)
            if is_checked_daily and event.received_at_us >= released_us:
                released_us += DAY_US
                gate = PopularityGate(self._checked_state(past), settings)
            past.append(event)
            if event.received_at_us >= look_us:
                look_us = event.received_at_us + _LOOK_US
                found.looks.append((event.received_at_us, self._best(gate._state, n=_FIRST)))
            found.n += 1
            if gate.apply(event):
                found.counted.add(event.event_id)
        return found

    def displaced(self, week: Week, targets: list[str] | None = None) -> int:
        """The most products at a look that are new among the first beside the week as it was: all, or of ``targets``."""
        worst = 0
        for at_us, best in week.looks:
            plain = min(self.plain.looks, key=lambda look: abs(look[0] - at_us))[1]
            new = set(best) - set(plain)
            worst = max(worst, len(new if targets is None else new & set(targets)))
        return worst

    def _checked_state(self, past: list[Event]) -> FeatureState:
        """The state of a release whose clean tables hold these events, too."""
        state = FeatureState.load(self.folder, default_features())
        for event in past:
            state.apply(event)
        state._n_remembered = state.n_visitors
        return state

    def _state_after(self, added: list[Row]) -> FeatureState:
        state = FeatureState.load(self.folder, default_features())
        for row in (*self.week, *added):
            state.apply(_event(row))
        return state

    @staticmethod
    def _best(state: FeatureState, *, n: int | None) -> list[str]:
        """Product ids by clicks and purchases that fade, as home pages order them."""
        names, ids = state.features.names, state.product_ids[1:]
        values = state.matrix("", state.rows_of(ids), at_us=state.at_us)
        clicks, purchases = (
            values[:, names.index(f"product_{what}_decayed")] for what in ("clicks", "purchases")
        )
        order = np.argsort(-(clicks + 5 * purchases), kind="stable")
        return [ids[i] for i in order[:n]]


def _table(rows: list[Row], schema: pa.Schema) -> pa.Table:
    origin = {"import_id": 1, "line": 1}
    return pa.Table.from_pylist([{**origin, **row} for row in rows], schema)


def _event(row: Row) -> Event:
    values = {k: v for k, v in row.items() if k not in ("import_id", "line")}
    return Event(**{**values, "event_type": EventType(values["event_type"])})
