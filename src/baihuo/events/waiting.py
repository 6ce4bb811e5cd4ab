"""Read unsealed events of the live log without writing a byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from baihuo.core import Event, open_read_only
from baihuo.events.body import body_to_event

_BATCH = 5_000


def waiting_events(log: Path) -> Iterator[Event]:
    """Yield events not sealed yet, oldest first; none without a log."""
    with open_read_only(log) as connection:
        after = 0
        while connection is not None:
            rows = connection.execute(
                "SELECT seq, body FROM events WHERE seq > ? AND body <> x'' ORDER BY seq LIMIT ?",
                (after, _BATCH),
            ).fetchall()
            if not rows:
                return
            yield from (body_to_event(body) for _, body in rows)
            after = rows[-1][0]
