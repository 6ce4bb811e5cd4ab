"""Basic information of visitors, declared by them or sent by their clients: the newest value of each field."""

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
        """From ``profile`` events as rows, oldest first. Rows of older shops may lack columns."""
        profiles = cls()
        for row in rows.to_pylist():
            profiles.remember(row["visitor_id"], basics_of(row))
        return profiles

    def knows(self, visitor_id: str) -> bool:
        """Whether anything was said of a visitor."""
        return visitor_id in self._known

    def apply(self, event: Event) -> None:
        """Take over what a ``profile`` event says; other events say nothing lasting."""
        if event.event_type is EventType.PROFILE:
            self.remember(
                event.visitor_id, basics_of({n: getattr(event, n) for n in BASICS_FIELDS})
            )

    def remember(self, visitor_id: str, basics: VisitorBasics) -> None:
        """Replace what was known, field by field."""
        self._known[visitor_id] = basics.over(self.of(visitor_id))

    def forget(self, visitor_id: str) -> None:
        """Nothing is known of a visitor any more."""
        self._known.pop(visitor_id, None)

    def of(self, visitor_id: str) -> VisitorBasics:
        """What is known of a visitor; nothing is known of most."""
        return self._known.get(visitor_id, _NOTHING)
