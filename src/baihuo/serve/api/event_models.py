"""Events in the format of baihuo: the model that a row must keep to, and the :class:`Event` it becomes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from baihuo.core import Event, EventType, FieldSpec, ValueType, event_fields
from baihuo.serve.api.batch_validation import BadField
from baihuo.serve.api.consent_models import ConsentIn, ConsentState, with_consent
from baihuo.serve.api.value_types import Count, Currency, Id, LongText, ShortText

_SET_BY_SERVER = "received_at_us"
_DEFAULTS_TO_ARRIVAL = "occurred_at_us"
_DESCRIPTIONS = {
    "occurred_at_us": "The visitor's clock, UTC; left out: the time of arrival",
    "query_id": "The id of the page on which it happened",
    "position": "1 is the top of the page",
    "consent_analytics": "What the visitor agreed to: that what they do may be measured",
    "consent_personalization": "That their pages may be ordered by what they did. An event that was refused either is not learned from",
}
_EXAMPLE: dict[str, Any] = {
    "event_id": "e-1",
    "event_type": "click",
    "visitor_id": "v-17",
    "query_id": "0193…",
    "product_id": "p-1",
    "surface": "search",
    "position": 3,
}
_ABOUT_A_PRODUCT = frozenset(
    {
        EventType.IMPRESSION,
        EventType.CLICK,
        EventType.DWELL,
        EventType.ADD_TO_CART,
        EventType.REMOVE_FROM_CART,
        EventType.PURCHASE,
        EventType.REVIEW,
    }
)


def _number(spec: FieldSpec) -> Any:
    ge, gt = (None, spec.minimum) if spec.is_minimum_excluded else (spec.minimum, None)
    return Annotated[float, Field(ge=ge, gt=gt, le=spec.maximum)]


def _int32(spec: FieldSpec) -> Any:
    minimum = -(2**31) if spec.minimum is None else int(spec.minimum)
    return Annotated[int, Field(ge=minimum, le=2**31 - 1)]


_MODEL_TYPES: dict[ValueType, Callable[[FieldSpec], Any]] = {
    "id": lambda _: Id,
    "text": lambda _: LongText,
    "label": lambda _: ShortText,
    "event_type": lambda _: EventType,
    "time": lambda _: Count,
    "integer": lambda _: Count,
    "int32": _int32,
    "number": _number,
    "currency": lambda _: Currency,
    "consent": lambda _: ConsentState,
}


def event_model(event_class: type[Event]) -> type[BaseModel]:
    """The model of events as clients send them: every field but the server's clock."""
    definitions: dict[str, Any] = {}
    for field in event_fields(event_class):
        if field.name == _SET_BY_SERVER:
            continue
        value_type = _MODEL_TYPES[field.spec.type](field.spec)
        if field.is_required and field.name != _DEFAULTS_TO_ARRIVAL:
            definitions[field.name] = (value_type, ...)
        else:
            description = _DESCRIPTIONS.get(field.name)
            definitions[field.name] = (
                value_type | None,
                Field(default=None, description=description),
            )
    definitions["consent"] = (
        ConsentIn | None,
        Field(default=None, description="The same as GA4's consent mode says it"),
    )
    return create_model(
        "EventIn",
        __config__=ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]}),
        __doc__="One event. The same ``event_id``, sent again, changes nothing.\n\n"
        "``received_at_us`` is not a field: it is the server's clock.",
        __module__=__name__,
        **definitions,
    )


EventIn = event_model(Event)


def event_of(row: object, received_at_us: int) -> Event:
    """The event of a row.

    Raises:
        ValidationError: a field is missing, misspelt or out of range.
        BadField: a field is missing that events of this type need.
    """
    values = dict(vars(EventIn.model_validate(row)))
    values = with_consent(values, values.pop("consent"))
    event_type = values["event_type"]
    if event_type in _ABOUT_A_PRODUCT and values["product_id"] is None:
        raise BadField(
            "product_id",
            None,
            what=f"{event_type} is about a product, and the row names none",
            fix="add product_id",
        )
    if event_type is EventType.SEARCH and values["query_text"] is None:
        raise BadField(
            "query_text", None, what="a search has words, which may be empty", fix="add query_text"
        )
    if event_type is EventType.CANCEL and values["order_id"] is values["product_id"] is None:
        raise BadField(
            "order_id",
            None,
            what="a cancellation names an order or a product",
            fix="add order_id, product_id or both",
        )
    if values[_DEFAULTS_TO_ARRIVAL] is None:
        values[_DEFAULTS_TO_ARRIVAL] = received_at_us
    return Event(**values, received_at_us=received_at_us)
