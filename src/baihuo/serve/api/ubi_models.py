"""Models of events and queries of User Behavior Insights (UBI) 1.3.

They follow ``event.schema.json`` and ``query.request.schema.json`` of that version. A field
that is null counts as left out: collectors send ``"message": null``, which the published schema
forbids.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from baihuo.serve.api.consent_models import ConsentIn

_Name = Annotated[str, StringConstraints(max_length=100)]
_Words = Annotated[str, StringConstraints(max_length=10_000)]  # UBI sets no limit


def _moment(value: object) -> object:
    """Parse ISO 8601. A time without a zone is UTC."""
    if not isinstance(value, str):
        raise ValueError("a timestamp must be a string; write it in ISO 8601: 2018-11-13T20:20:39Z")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("not ISO 8601; write it as in 2018-11-13T20:20:39Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


def _texts(value: object) -> object:
    """One error for a list, whatever the number of wrong items."""
    if isinstance(value, list) and not all(isinstance(item, str) for item in value):
        raise ValueError("an item is not a string; send ids as strings")
    return value


_Ids = Annotated[list[str], BeforeValidator(_texts)]


class _Ubi(BaseModel):
    model_config = ConfigDict(extra="allow")

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: v for k, v in value.items() if v is not None}
        return value


class UbiObject(_Ubi):
    """The object of an action."""

    object_id: Annotated[str, StringConstraints(max_length=256)] | int
    object_id_type: _Name | None = None
    object_id_field: _Name | None = None
    internal_id: Annotated[str, StringConstraints(max_length=256)] | int | None = None


class UbiXy(_Ubi):
    """A point on the screen."""

    x: float
    y: float


class UbiPosition(_Ubi):
    """A position: the nth result, or a point on the screen, and not both."""

    ordinal: int | None = Field(default=None, strict=True)
    xy: UbiXy | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> UbiPosition:
        if (self.ordinal is None) == (self.xy is None):
            raise ValueError("a position has ordinal or xy, one of them; send one")
        return self


class UbiAttributes(_Ubi):
    """The object and the position of an event."""

    object: UbiObject | None = None
    position: UbiPosition
    consent: ConsentIn | None = None  # ours: UBI leaves other attributes open


class UbiEvent(_Ubi):
    """An event of UBI 1.3."""

    action_name: _Name
    timestamp: Moment
    application: _Name | None = None
    query_id: _Name | None = None
    session_id: _Name | None = None
    client_id: _Name | None = None
    user_id: _Name | None = None
    message_type: _Name | None = None
    message: Annotated[str, StringConstraints(max_length=1024)] | None = None
    user_query: _Words | None = None
    event_attributes: UbiAttributes | None = None


class UbiQueryAttributes(_Ubi):
    """The attributes of a query, which UBI leaves open."""

    consent: ConsentIn | None = None


class UbiQuery(_Ubi):
    """A query of UBI 1.3."""

    user_query: _Words
    application: _Name | None = None
    query_id: _Name | None = None
    client_id: _Name | None = None
    query_attributes: UbiQueryAttributes | None = None
    object_id_field: _Name | None = None
    timestamp: Moment | None = None
    query_response_id: str | None = None
    query_response_hit_ids: _Ids | None = None
