"""The event that keeps what is said of a visitor before the first click."""

from __future__ import annotations

import hashlib

import orjson

from baihuo.core import Event, EventType, VisitorBasics


def profile_event(visitor_id: str, said: VisitorBasics, received_at_us: int) -> Event:
    """The event that keeps what was said. The same, said again on the same day, has the same id: nothing is written twice."""
    day = received_at_us // 86_400_000_000
    content = orjson.dumps([visitor_id, day, said.as_event_fields()], option=orjson.OPT_SORT_KEYS)
    return Event(
        event_id="profile-" + hashlib.blake2b(content, digest_size=16).hexdigest(),
        event_type=EventType.PROFILE,
        visitor_id=visitor_id,
        occurred_at_us=received_at_us,
        received_at_us=received_at_us,
        **said.as_event_fields(),  # type: ignore[arg-type]
    )
