"""Events as bytes in a row of SQLite, and back."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from enum import StrEnum

import orjson

from baihuo.core import BadInput, Event, EventType

_NAMES = tuple(f.name for f in fields(Event))
MAX_ID = 256  # characters
_DIGEST_BYTES = 8


class Belief(StrEnum):
    """How far an event's sender is trusted. Stored as white space in front of the body, which older readers still parse as JSON."""

    ORDINARY = ""
    DOUBTED = " "  # it came in a burst
    VOUCHED = "\t"  # an order of the shop's own server
    # Decided already (``decisions.py``); not stored in the body:
    HELD_BACK = "\r"
    COUNTED = "\n"


_TIMELY = b"\n"  # behind the body; a belief is in front of it


def event_to_body(
    event: Event, belief: Belief = Belief.ORDINARY, *, is_timely: bool = False
) -> bytes:
    """The event as a compact JSON object; fields that are None are left out.

    Args:
        is_timely: The sender proved the event's time: by a key, or by a token issued to the shop's server.

    Raises:
        BadInput: a text is not valid Unicode (a lone surrogate), which no file can store.
    """
    values = {n: v for n in _NAMES if (v := getattr(event, n)) is not None}
    try:
        return belief.encode() + orjson.dumps(values) + (_TIMELY if is_timely else b"")
    except TypeError as error:
        raise BadInput(
            f"event {event.event_id!r} cannot be stored: {error}",
            fix="send text as valid Unicode and numbers within 64 bits",
        ) from error


def body_to_event(body: bytes) -> Event:
    """The inverse of :func:`event_to_body`."""
    values = orjson.loads(body)
    return Event(**{**values, "event_type": EventType(values["event_type"])})


def belief_of(body: bytes) -> Belief:
    """Return the belief stored with an event when it was received."""
    first = body[:1].decode("ascii", "replace")
    return Belief(first) if first.isspace() else Belief.ORDINARY


def is_timely(body: bytes) -> bool:
    """Return whether the sender proved the event's time."""
    return body.endswith(_TIMELY)


def distinct_id(event_id: str, *owner: str | None) -> str:
    """Return an event's id made unique for its owner: ``e-1~5f2c…``; clients of other owners may use the same id.

    Args:
        owner: Whose event it is, such as its visitor.
    """
    content = "\0".join((event_id, *(part or "" for part in owner)))
    digest = hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES)
    return f"{event_id[: MAX_ID - 2 * _DIGEST_BYTES - 1]}~{digest.hexdigest()}"
