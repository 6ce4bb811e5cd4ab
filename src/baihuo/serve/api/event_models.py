"""This project's events as they come in, and the events they become."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from baihuo.core import Event, EventType
from baihuo.serve.api.batch_validation import BadField
from baihuo.serve.api.value_types import Count, Id, LongText, Minor, ShortText

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


class EventIn(BaseModel):
    """One event. Sent again with the same ``event_id`` it changes nothing.

    ``received_at_us`` is not among the fields: it is our clock, and we set it.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "event_id": "e-1",
                    "event_type": "click",
                    "visitor_id": "v-17",
                    "query_id": "0193…",
                    "product_id": "p-1",
                    "surface": "search",
                    "position": 3,
                }
            ]
        },
    )

    event_id: Id
    event_type: EventType
    visitor_id: Id
    occurred_at_us: Count | None = Field(
        default=None, description="The visitor's clock, UTC; left out: the moment of arrival"
    )
    session_id: Id | None = None
    query_id: Id | None = Field(default=None, description="Of the page it happened on")
    query_text: LongText | None = None
    product_id: Id | None = None
    variant_id: Id | None = None
    order_id: Id | None = None
    surface: ShortText | None = None
    position: int | None = Field(default=None, ge=1, le=2**31 - 1, description="1 is the top")
    propensity: float | None = Field(default=None, gt=0, le=1)
    price_minor: Minor | None = None
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    quantity: Count | None = None
    dwell_ms: Count | None = None
    rating: float | None = Field(default=None, ge=1, le=5)
    text: LongText | None = None
    platform: ShortText | None = None
    device: ShortText | None = None
    country: ShortText | None = None


def event_of(row: object, received_at_us: int) -> Event:
    """The event of a row.

    Raises:
        ValidationError: a field is missing, misspelt or out of range.
        BadField: the type of event needs a field that is not there.
    """
    sent = EventIn.model_validate(row)
    if sent.event_type in _ABOUT_A_PRODUCT and sent.product_id is None:
        raise BadField(
            "product_id",
            None,
            what=f"{sent.event_type} is about a product, and none is named",
            fix="add product_id",
        )
    if sent.event_type is EventType.SEARCH and sent.query_text is None:
        raise BadField(
            "query_text", None, what="a search has words, if only empty ones", fix="add query_text"
        )
    if sent.event_type is EventType.CANCEL and sent.order_id is None and sent.product_id is None:
        raise BadField(
            "order_id",
            None,
            what="nothing says what is cancelled",
            fix="add order_id, product_id or both",
        )
    values = {name: getattr(sent, name) for name in EventIn.model_fields}
    values["occurred_at_us"] = (
        received_at_us if sent.occurred_at_us is None else sent.occurred_at_us
    )
    return Event(**values, received_at_us=received_at_us)
