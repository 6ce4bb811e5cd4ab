"""What is believed of an event by who sent it."""

from __future__ import annotations

from dataclasses import replace

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


def believed(event: Event, sender: Sender) -> Event:
    """The event of the visitor whom its signed id stands for, with an id of this visitor's: strangers cannot use up the ids of the
    shop's own events, nor each other's.

    Raises:
        BadField: the visitor id is not signed, or a browser reports what only the shop's server knows.
    """
    if event.event_type in FOR_SERVERS and not sender.is_trusted:
        raise BadField(
            "event_type",
            event.event_type.value,
            what=f"a {event.event_type.value} is taken from the shop's own server only",
            fix=f"send it from there, with a key of the scope {sender.needed}",
        )
    visitor_id = event.visitor_id
    if visitor_id != sender.cookie_id:
        try:
            visitor_id = sender.visitor(visitor_id)
        except NotAllowed:
            raise BadField(
                "visitor_id", visitor_id, what=UNSIGNED, fix=sign_fix(sender.needed)
            ) from None
    if sender.is_trusted:
        return event if visitor_id == event.visitor_id else replace(event, visitor_id=visitor_id)
    event_id = distinct_id(event.event_id, visitor_id)
    return replace(event, visitor_id=visitor_id, event_id=event_id)
