"""Basic data of visitors, declared or sent by clients: the newest value of each field."""

from __future__ import annotations

import pyarrow as pa

from baihuo.core import BASICS_FIELDS, Event, EventType, VisitorBasics, basics_of

_NOTHING = VisitorBasics()


class Profiles:
    """Basics by visitor. Filled by events of the type ``profile``, in the order of the log."""

    def __init__(self) -> None:
        self._known: dict[str, VisitorBasics] = {}

    def __len__(self) -> int:
        return len(self._known)

    @classmethod
    def of_rows(cls, rows: pa.Table) -> Profiles:
        """Build from ``profile`` events as rows, oldest first. Rows of older shops may lack columns."""
        profiles = cls()
        for row in rows.to_pylist():
            profiles.remember(row["visitor_id"], basics_of(row))
        return profiles

    def knows(self, visitor_id: str) -> bool:
        """Return whether a visitor has basics."""
        return visitor_id in self._known

    def apply(self, event: Event) -> None:
        """Apply a ``profile`` event; others are ignored."""
        if event.event_type is EventType.PROFILE:
            self.remember(
                event.visitor_id, basics_of({n: getattr(event, n) for n in BASICS_FIELDS})
            )

    def remember(self, visitor_id: str, basics: VisitorBasics) -> None:
        """Update a visitor's basics field by field."""
        self._known[visitor_id] = basics.over(self.of(visitor_id))

    def forget(self, visitor_id: str) -> None:
        """Delete a visitor's basics."""
        self._known.pop(visitor_id, None)

    def of(self, visitor_id: str) -> VisitorBasics:
        """Return a visitor's basics, mostly empty."""
        return self._known.get(visitor_id, _NOTHING)
