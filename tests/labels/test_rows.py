"""Rows of judgements: valid ones are recorded, the others reported with line, field, value and fix."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baihuo.core import BrokenFile
from baihuo.events import JudgementLog
from baihuo.labels import read_rows, record_rows

_anything = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.lists(st.integers(), max_size=2)
)
_rows = st.lists(
    st.dictionaries(
        st.sampled_from(
            ["query", "query_text", "product", "docid", "grade", "rating", "rater", "x"]
        ),
        _anything,
    ),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(_rows)
def test_rows_in_are_rows_recorded_plus_rows_refused(rows: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = JudgementLog(Path(folder) / "judgements.sqlite")
        done = record_rows(log, enumerate(rows, start=1), at_us=1, rater=None)
        assert done.n_new + done.n_known + done.n_changed + len(done.refused) == len(rows)
        assert log.table().num_rows == done.n_new
        for refused in done.refused:
            assert refused.fix
            assert str(refused).startswith(f"line {refused.line}: {refused.field}")
            str(refused).encode()
        log.close()


def test_good_rows_beside_bad_ones_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "judgements.csv"
    file.write_text(
        "query,product,grade,rater\nusb hub,p1,3,ann\nusb hub,p1,5,bo\nusb hub,gone,2,ann\n"
        "usb hub,p1,0,ann\n,p1,2,ann\nusb hub,p1,?,cy\n"
    )
    log = JudgementLog(tmp_path / "judgements.sqlite")
    done = record_rows(log, read_rows(file), at_us=1, is_known={"p1"}.__contains__)
    assert done.n_new == 2
    report_json = {(r.line, r.field) for r in done.refused}
    assert report_json == {(3, "grade"), (4, "product"), (5, "grade"), (6, "query")}
    assert "ann gave 3 before" in str(next(r for r in done.refused if r.line == 5))
    again = record_rows(log, read_rows(file), at_us=2, is_known={"p1"}.__contains__, is_change=True)
    assert (again.n_known, again.n_changed) == (2, 1)
    log.close()


def test_json_lines_are_read_as_well(tmp_path: Path) -> None:
    file = tmp_path / "judgements.jsonl"
    rows = [
        {"query_text": "手机", "product_id": "p1", "grade": 3},
        {"query_text": "手机", "product_id": "p2", "grade": None},
    ]
    file.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")
    log = JudgementLog(tmp_path / "judgements.sqlite")
    assert record_rows(log, read_rows(file), at_us=1, rater="ann").n_new == 2
    assert log.table().column("grade").to_pylist() == [3, None]
    log.close()


@pytest.mark.parametrize("content", [b'{"query": 1', b'{"a": 1}\n[2]', b"\xff\xfe\x00x"])
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "judgements"
    file.write_bytes(content)
    with pytest.raises(BrokenFile):
        list(read_rows(file))
