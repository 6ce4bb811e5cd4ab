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
    """What is believed of an event by who sent it: white space in front of its body, which is JSON to every reader, also of an
    older version.
    """

    ORDINARY = ""
    DOUBTED = " "  # it came in a burst
    VOUCHED = "\t"  # an order of the shop's own server


_TIMELY = b"\n"  # behind the body, as a belief is in front of it


def event_to_body(
    event: Event, belief: Belief = Belief.ORDINARY, *, is_timely: bool = False
) -> bytes:
    """The event as a compact JSON object; fields that are None are left out.

    Args:
        is_timely: Its sender proved when it happened: by a key, or by a token that the shop's server asked for.

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
    """What was believed of the event when it came."""
    first = body[:1].decode("ascii", "replace")
    return Belief(first) if first.isspace() else Belief.ORDINARY


def is_timely(body: bytes) -> bool:
    """Whether its sender proved when the event happened."""
    return body.endswith(_TIMELY)


def distinct_id(event_id: str, *owner: str | None) -> str:
    """The id under which the log keeps an event whose own id others may use, too: ``e-1~5f2c…``, the same for the same owner.

    Args:
        owner: What tells the event from others of this id: its visitor, say.
    """
    content = "\0".join((event_id, *(part or "" for part in owner)))
    digest = hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES)
    return f"{event_id[: MAX_ID - 2 * _DIGEST_BYTES - 1]}~{digest.hexdigest()}"
