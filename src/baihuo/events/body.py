"""Events as bytes in a row of SQLite, and back."""

from __future__ import annotations

from dataclasses import fields

import orjson

from baihuo.core import BadInput, Event, EventType

_NAMES = tuple(f.name for f in fields(Event))


def event_to_body(event: Event) -> bytes:
    """The event as a compact JSON object; fields that are None are left out.

    Raises:
        BadInput: a text is not valid Unicode (a lone surrogate), which no file can store.
    """
    values = {n: v for n in _NAMES if (v := getattr(event, n)) is not None}
    try:
        return orjson.dumps(values)
    except TypeError as error:
        raise BadInput(
            f"event {event.event_id!r} cannot be stored: {error}",
            fix="send text as valid Unicode and numbers within 64 bits",
        ) from error


def body_to_event(body: bytes) -> Event:
    """The inverse of :func:`event_to_body`."""
    values = orjson.loads(body)
    return Event(**{**values, "event_type": EventType(values["event_type"])})
