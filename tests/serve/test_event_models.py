"""Rows as they come in, against UBI's own schemas and data."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from baihuo.core import EventType
from baihuo.serve.api.batch_validation import BadField, validate_batch
from baihuo.serve.api.routes.events import event_of
from baihuo.serve.api.ubi import UbiEvent, UbiQuery, is_ubi, ubi_event

NOW = 1_800_000_000_000_000
CLICK = {"event_id": "e1", "event_type": "click", "visitor_id": "v", "product_id": "p"}
UBI_CLICK = {
    "action_name": "click",
    "timestamp": "2024-12-10T00:50:30.466Z",
    "client_id": "c1",
    "session_id": "s1",
    "query_id": "q1",
    "user_query": "ps4",
    "event_attributes": {"object": {"object_id": "B08"}, "position": {"ordinal": 2}},
}


def without_nulls(row: object) -> object:
    if isinstance(row, dict):
        return {k: without_nulls(v) for k, v in row.items() if v is not None}
    return row


def test_our_event_is_stamped_with_our_clock() -> None:
    event = event_of({**CLICK, "occurred_at_us": 5}, NOW)
    assert (event.occurred_at_us, event.received_at_us) == (5, NOW)
    assert event_of(CLICK, NOW).occurred_at_us == NOW
    with pytest.raises(ValidationError, match="received_at_us"):
        event_of({**CLICK, "received_at_us": 5}, NOW)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"event_type": "dance"}, "event_type"),
        ({"position": 0}, "position"),
        ({"price_minor": -1}, "price_minor"),
        ({"propensity": 1.5}, "propensity"),
        ({"rating": 9}, "rating"),
        ({"currency": "euro"}, "currency"),
        ({"visitor_id": ""}, "visitor_id"),
        ({"visitor_id": "a\x00b"}, "visitor_id"),
        ({"qty": 1}, "qty"),
        ({"quantity": 2**63}, "quantity"),
        ({"product_id": None}, "product_id"),
        ({"event_type": "search"}, "query_text"),
        ({"event_type": "cancel", "product_id": None}, "order_id"),
    ],
)
def test_a_bad_field_is_named_beside_good_rows(change: dict[str, object], field: str) -> None:
    rows: list[object] = [CLICK, {**CLICK, **change}, "not an object", CLICK]
    batch = validate_batch(rows, lambda row: event_of(row, NOW))
    kept, rejected = batch.kept, batch.rejected
    assert len(kept) == 2
    assert [(r.index, r.field) for r in rejected] == [(1, field), (2, "body")]
    assert all(r.fix for r in rejected)


def test_a_ubi_click_becomes_a_click() -> None:
    event = ubi_event(UBI_CLICK, NOW)
    assert event.event_type is EventType.CLICK
    assert (event.visitor_id, event.session_id, event.query_id) == ("c1", "s1", "q1")
    assert (event.product_id, event.position, event.query_text) == ("B08", 2, "ps4")
    assert event.occurred_at_us == 1_733_791_830_466_000
    assert ubi_event(dict(reversed(UBI_CLICK.items())), NOW + 1).event_id == event.event_id
    assert ubi_event({**UBI_CLICK, "session_id": "s2"}, NOW).event_id != event.event_id


def test_a_ubi_query_becomes_a_search() -> None:
    event = ubi_event({"user_query": "手机", "client_id": "c", "query_id": "q"}, NOW)
    assert (event.event_type, event.query_text, event.occurred_at_us) == ("search", "手机", NOW)


def test_every_row_of_a_real_ubi_log_is_kept_or_named(
    shared_data: Callable[[str], Path],
) -> None:
    folder = shared_data("ubi")
    lines = (folder / "ubi_queries_events.ndjson").read_text("utf-8").splitlines()
    rows = [r for line in lines if "index" not in (r := json.loads(line)) or len(r) > 1]
    assert len(rows) == 3921
    assert all(is_ubi(r) for r in rows)
    refused = set()
    kept = []
    for index, row in enumerate(rows):  # one by one: a batch names its first rejected rows only
        batch = validate_batch([row], lambda row: ubi_event(row, NOW))
        kept += batch.kept
        if batch.rejected:
            refused.add(index)
    assert len(kept) + len(refused) == 3921
    assert (len(kept), len({e.event_id for e in kept})) == (3492, 3492)
    types = Counter(e.event_type for e in kept)
    assert types[EventType.IMPRESSION] == 1999
    assert types[EventType.SEARCH] > 900
    validators = [
        jsonschema.Draft202012Validator(_schema(folder, name))
        for name in ("query.request.schema.json", "event.schema.json")
    ]
    for index, row in enumerate(rows):
        is_valid = validators["action_name" in row].is_valid(without_nulls(row))
        # 429 rows of this log carry milliseconds where the schema wants ISO 8601.
        assert is_valid == (index not in refused), row


def _schema(folder: Path, name: str) -> dict[str, Any]:
    """As published, but for one slip: ``oneOf`` an enumeration and any text forbids the very names
    that it lists, ``click`` among them. ``anyOf`` is meant."""
    schema: dict[str, Any] = json.loads((folder / name).read_text("utf-8"))
    if "action_name" in schema["properties"]:
        about = schema["properties"]["event_attributes"]["properties"]["object"]["properties"]
        for field in (schema["properties"]["action_name"], about["object_id_type"]):
            field["anyOf"] = field.pop("oneOf")
    return schema


def test_the_published_schema_forbids_its_own_default_names(
    shared_data: Callable[[str], Path],
) -> None:
    published = json.loads((shared_data("ubi") / "event.schema.json").read_text("utf-8"))
    row = {"action_name": "click", "timestamp": "2018-11-13T20:20:39Z"}
    assert not jsonschema.Draft202012Validator(published).is_valid(row)  # the reason for _schema
    corrected = _schema(shared_data("ubi"), "event.schema.json")
    assert jsonschema.Draft202012Validator(corrected).is_valid(row)


names = st.sampled_from(
    [
        "action_name",
        "timestamp",
        "query_id",
        "session_id",
        "client_id",
        "user_id",
        "application",
        "message_type",
        "message",
        "user_query",
        "event_attributes",
        "query_attributes",
        "object_id_field",
        "query_response_id",
        "query_response_hit_ids",
        "other",
    ]
)
positions = st.one_of(
    st.fixed_dictionaries(
        {}, optional={"ordinal": st.integers(0, 9), "xy": st.just({"x": 1, "y": 2.5})}
    ),
    st.just({"xy": {"x": 1}}),
    st.just({"ordinal": "3"}),
    st.just(3),
)
objects = st.one_of(
    st.fixed_dictionaries({"object_id": st.sampled_from(["a", 3, "x" * 257, 1.5, True])}),
    st.just({"object_id_type": "product"}),
    st.just("p1"),
)
values = st.one_of(
    st.sampled_from(["", "a", "x" * 100, "x" * 101, "x" * 1025, "2018-11-13T20:20:39Z"]),
    st.integers(-2, 2),
    st.booleans(),
    st.just(["a"]),
    st.just([1]),
    st.fixed_dictionaries({}, optional={"object": objects, "position": positions}),
)


@settings(max_examples=400, deadline=None)
@given(row=st.dictionaries(names, values, max_size=6), is_event=st.booleans())
def test_our_models_accept_what_the_schemas_accept(
    shared_data: Callable[[str], Path], row: dict[str, object], is_event: bool
) -> None:
    folder = shared_data("ubi")
    if is_event:
        row = {"action_name": "click", "timestamp": "2018-11-13T20:20:39", **row}
    else:
        row = {"user_query": "a", **row}
    model = UbiEvent if is_event else UbiQuery
    schema = _schema(folder, "event.schema.json" if is_event else "query.request.schema.json")
    stamp = row.get("timestamp")
    if isinstance(stamp, str) and not stamp.startswith("2018"):
        row = {**row, "timestamp": "2018-11-13T20:20:39Z"}  # "format" is a note in JSON Schema
    is_valid = jsonschema.Draft202012Validator(schema).is_valid(row)
    try:
        model.model_validate(row)
        accepted = True
    except ValidationError:
        accepted = False
    assert accepted == is_valid, row


def test_an_action_we_do_not_know_is_named_and_not_guessed() -> None:
    with pytest.raises(BadField) as refused:
        ubi_event({**UBI_CLICK, "action_name": "page_exit"}, NOW)
    assert refused.value.field == "action_name"
    assert "leave such rows out" in refused.value.fix
