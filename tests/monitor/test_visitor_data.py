"""What is stored of a visitor, as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from baihuo.monitor import as_json, as_ndjson

EVENT = ("event", {"event_id": "e"})
PAGE = ("page", {"query": {"visitor_id": "v"}})
PROFILE = ("profile", {"language": "zh"})
JUDGEMENT = ("judgement", {"grade": 3})


@pytest.mark.parametrize(
    "rows",
    [
        [PROFILE],
        [EVENT, PROFILE],
        [EVENT, EVENT, PAGE, JUDGEMENT, PROFILE],
        [JUDGEMENT, JUDGEMENT, PROFILE],
        [PAGE, PROFILE],
    ],
)
def test_a_document_holds_every_list_also_the_empty_ones(rows: list[Any]) -> None:
    document = json.loads(b"".join(as_json("v-1", rows)))
    assert document == {
        "visitor_id": "v-1",
        "events": [row for kind, row in rows if kind == "event"],
        "pages": [row for kind, row in rows if kind == "page"],
        "judgements": [row for kind, row in rows if kind == "judgement"],
        "conversations": [],
        "auctions": [],
        "profile": {"language": "zh"},
    }
    lines = [json.loads(line) for line in b"".join(as_ndjson(rows)).splitlines()]
    assert lines == [{"kind": kind, **row} for kind, row in rows]
