"""The event that keeps basic information of a visitor."""

from __future__ import annotations

import hashlib

import orjson

from baihuo.core import Event, EventType, VisitorBasics


def profile_event(visitor_id: str, basics: VisitorBasics, received_at_us: int) -> Event:
    """The event that keeps a change of the basics. Each has its own id: somebody may return to what they said an hour ago."""
    change = [visitor_id, received_at_us, basics.as_event_fields()]
    content = orjson.dumps(change, option=orjson.OPT_SORT_KEYS)
    return Event(
        event_id="profile-" + hashlib.blake2b(content, digest_size=16).hexdigest(),
        event_type=EventType.PROFILE,
        visitor_id=visitor_id,
        occurred_at_us=received_at_us,
        received_at_us=received_at_us,
        **basics.as_event_fields(),  # type: ignore[arg-type]
    )
