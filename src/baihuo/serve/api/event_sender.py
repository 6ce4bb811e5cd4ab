"""What is believed of an event by who sent it."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from baihuo.core import Event, EventType
from baihuo.events import distinct_id
from baihuo.serve.api.access import UNSIGNED, NotAllowed, Sender, sign_fix
from baihuo.serve.api.batch_validation import BadField
from baihuo.serve.api.ubi import is_ubi

FOR_SERVERS = frozenset({EventType.PURCHASE, EventType.CANCEL})


def with_visitor(row: object, sender: Sender) -> object:
    """The row, with the visitor of the request's cookie where it names none."""
    if sender.cookie_id is None or not isinstance(row, dict):
        return row
    name = "client_id" if is_ubi(row) else "visitor_id"
    return row if row.get(name) else {**row, name: sender.cookie_id}


class Believed(NamedTuple):
    """An event as it may be stored, and whether its sender proved when it happened."""

    event: Event
    is_timely: bool


def believed(event: Event, sender: Sender, *, late_minutes: float) -> Believed:
    """The event of the visitor whom its signed id stands for, with an id of this visitor's: strangers cannot use up the ids of the
    shop's own events, nor each other's.

    Raises:
        BadField: the visitor id is not signed, a browser reports what only the shop's server knows, or what happened long ago.
    """
    if event.event_type in FOR_SERVERS and not sender.is_trusted:
        raise BadField(
            "event_type",
            event.event_type.value,
            what=f"a {event.event_type.value} is taken from the shop's own server only",
            fix=f"send it from there, with a key of the scope {sender.needed}",
        )
    given = event.visitor_id
    is_timely = sender.is_trusted or sender.access.tokens.is_of_server(given)
    if not is_timely and event.occurred_at_us < event.received_at_us - late_minutes * 60e6:
        raise BadField(
            "occurred_at_us",
            event.occurred_at_us,
            what="it came long after it happened, and anybody could have made up when that was",
            fix=f"set the clock, or send it within {late_minutes:g} minutes; later, {sign_fix(sender.needed)}",
        )
    visitor_id = given
    if given != sender.cookie_id:
        try:
            visitor_id = sender.visitor(given)
        except NotAllowed:
            raise BadField(
                "visitor_id", given, what=UNSIGNED, fix=sign_fix(sender.needed)
            ) from None
    event_id = event.event_id
    if not sender.is_trusted:
        event_id = distinct_id(event_id, visitor_id)
    if (visitor_id, event_id) != (given, event.event_id):
        event = replace(event, visitor_id=visitor_id, event_id=event_id)
    return Believed(event, is_timely)
