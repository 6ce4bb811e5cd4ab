"""The event that keeps basic information of a visitor."""

from __future__ import annotations

import hashlib

import orjson

from baihuo.core import Event, EventType, VisitorBasics


def profile_event(visitor_id: str, basics: VisitorBasics, received_at_us: int) -> Event:
    """The event that keeps the basics. The same on the same day have the same id: nothing is written twice."""
    day = received_at_us // 86_400_000_000
    content = orjson.dumps([visitor_id, day, basics.as_event_fields()], option=orjson.OPT_SORT_KEYS)
    return Event(
        event_id="profile-" + hashlib.blake2b(content, digest_size=16).hexdigest(),
        event_type=EventType.PROFILE,
        visitor_id=visitor_id,
        occurred_at_us=received_at_us,
        received_at_us=received_at_us,
        **basics.as_event_fields(),  # type: ignore[arg-type]
    )
