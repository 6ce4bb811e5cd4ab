"""Ids that are made here, and the clock of requests."""

from __future__ import annotations

import random
import secrets
from hashlib import sha256

from baihuo.core import now_us as now_us

_ANONYMOUS = "anonymous-"
# Each worker process has another seed. Not from the system each time: a call to it costs more than the rest of the HTTP layer together.
_RANDOM = random.Random(secrets.randbits(128))


def new_id() -> str:
    """An id that sorts by time, as UUID version 7 does."""
    return f"{now_us() // 1_000:012x}-{_RANDOM.getrandbits(96):024x}"


def anonymous_id() -> str:
    """The id of a visitor whose request names none."""
    return f"{_ANONYMOUS}{_RANDOM.getrandbits(96):024x}"


def nobodys_id(conversation_id: str) -> str:
    """Make the visitor id of a conversation without a visitor. No visitor can have it: the id of a conversation is made after theirs."""
    return _ANONYMOUS + sha256(conversation_id.encode("utf-8", "replace")).hexdigest()[:24]


def is_anonymous(visitor_id: str) -> bool:
    """Whether the id is one of :func:`anonymous_id`."""
    return visitor_id.startswith(_ANONYMOUS)
