"""The fields of events are listed once; columns, imports and the API follow."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pytest
from pydantic import ValidationError

import baihuo
from baihuo.connect.column_matching import EVENT_ALIASES, EVENTS, fields_of_events
from baihuo.core import Event
from baihuo.core.event import FieldSpec, event_fields
from baihuo.core.schemas import json_schema
from baihuo.core.tables import EVENTS as COLUMNS
from baihuo.core.tables import event_schema
from baihuo.serve.api.routes.events import EventIn, event_model

STATIC = Path(baihuo.__file__).parent / "serve" / "storefront" / "static"
NAMES = {field.name for field in fields(Event)}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventWithTwoMore(Event):
    coupon: Annotated[str, FieldSpec("label")] | None = None
    scroll_percent: Annotated[float, FieldSpec("number", minimum=0, maximum=100)] | None = None


def test_a_field_that_is_added_to_the_event_reaches_columns_imports_and_the_api() -> None:
    schema = event_schema(EventWithTwoMore)
    assert schema.field("coupon").equals(pa.field("coupon", pa.string()))
    assert schema.field("scroll_percent").type == pa.float64()
    imported = {f.name: f for f in fields_of_events(EventWithTwoMore)}
    assert (imported["coupon"].type, imported["scroll_percent"].type) == ("text", "number")
    assert not imported["coupon"].is_required
    row = {"event_id": "e", "event_type": "click", "visitor_id": "v", "product_id": "p"}
    model = event_model(EventWithTwoMore)
    assert model.model_validate({**row, "coupon": "SPRING"}).coupon == "SPRING"  # type: ignore[attr-defined]
    with pytest.raises(ValidationError, match="less than or equal to 100"):
        model.model_validate({**row, "scroll_percent": 101})
    with pytest.raises(ValidationError, match="coupon"):
        EventIn.model_validate({**row, "coupon": "SPRING"})


def test_columns_imports_the_api_and_the_schema_have_the_fields_of_the_event() -> None:
    assert event_schema(Event).equals(COLUMNS)
    assert set(COLUMNS.names) == NAMES | {"import_id", "line"}
    assert {f.name for f in EVENTS} == NAMES | {"price"}
    assert EVENT_ALIASES.keys() <= NAMES
    assert set(EventIn.model_fields) == NAMES - {"received_at_us"} | {"consent"}
    assert set(json_schema("event")["properties"]) == NAMES


def test_the_storefront_sends_no_other_fields() -> None:
    scripts = "\n".join(
        path.read_text(encoding="utf-8")
        for path in STATIC.glob("*.js")
        if not path.name.startswith("chat")
    )
    sent = set(re.findall(r"\b([a-z]+(?:_[a-z]+)+):", scripts))
    assert {"event_id", "event_type", "session_id", "price_minor"} <= sent
    assert "visitor_id" not in sent  # it is in the cookie, which scripts cannot read
    assert sent - {"dom_id"} <= set(EventIn.model_fields)  # dom_id is of Swagger UI


def test_a_field_without_a_spec_is_refused_by_name() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Untyped(Event):
        coupon: str | None = None

    with pytest.raises(TypeError, match="coupon"):
        event_fields(Untyped)
