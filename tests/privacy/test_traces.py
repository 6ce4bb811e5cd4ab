"""By what a visitor is found in texts and tables."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from baihuo.privacy import Traces

THEIRS = Traces(
    frozenset({"v-1", "li wei@shop.example", "客户7"}),
    frozenset({"q.17:3"}),
    frozenset({"红色 lamp for me"}),
)


@pytest.mark.parametrize(
    "text",
    [
        '{"visitor_id":"v-1"}',
        "2026-01-01,v-1,click",
        "2026-01-01;click;q.17:3",
        "see v-1.",
        '{"visitor_id": "li wei@shop.example"}',
        json.dumps({"visitor_id": "客户7"}),
        "客户7",
        json.dumps({"query": "红色 lamp for me"}),
        "typed: 红色 lamp for me, twice",
    ],
)
def test_a_text_that_names_them_is_theirs(text: str) -> None:
    assert THEIRS.is_in(text)


@pytest.mark.parametrize(
    "text", ["", "v-12", "xv-1", "v-1-2", "q.17:33", '{"visitor_id":"v-2"}', "红色 lamp", "v_1"]
)
def test_an_id_counts_as_a_whole(text: str) -> None:
    assert not THEIRS.is_in(text)


def test_rows_are_found_by_ids_and_typed_words() -> None:
    table = pa.table(
        {
            "visitor_id": ["v-1", "v-2", None, "v-2"],
            "query_id": ["q", "q.17:3", "q", None],
            "query_text": [None, None, "红色 lamp for me", "lamp"],
            "position": [1, 2, 3, 4],
        }
    )
    assert THEIRS.rows_of(table).to_pylist() == [True, True, True, False]
    assert THEIRS.rows_of(table.select(["position"])).to_pylist() == [False] * 4
    assert THEIRS.rows_of(table.slice(0, 0)).to_pylist() == []
