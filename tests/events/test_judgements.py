"""The log of judgements against a plain dictionary, whatever raters say and however often they say it."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baihuo.core import Conflict
from baihuo.events import Judgement, JudgementLog

_said = st.builds(
    Judgement,
    query_text=st.sampled_from(["usb hub", "手机", "' OR 1=1 --"]),
    product_id=st.sampled_from(["p1", "p2"]),
    rater=st.sampled_from(["ann", "bo"]),
    grade=st.none() | st.integers(0, 3),
    at_us=st.integers(0, 2**53),
)


def key(j: Judgement) -> tuple[str, str, str]:
    return j.query_text, j.product_id, j.rater


def kept(log: JudgementLog) -> dict[tuple[str, str, str], int | None]:
    rows = log.table().to_pylist()
    return {(r["query_text"], r["product_id"], r["rater"]): r["grade"] for r in rows}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.lists(_said, max_size=5), st.booleans(), st.booleans()), max_size=6))
def test_the_log_is_a_dictionary_that_forgets_nothing(calls: Any) -> None:
    model: dict[tuple[str, str, str], int | None] = {}
    n_written = 0
    with tempfile.TemporaryDirectory() as folder:
        log = JudgementLog(Path(folder) / "judgements.sqlite")
        for batch, is_change, is_each in calls:
            after, n_new, n_clash = dict(model), 0, 0
            for j in batch:
                if key(j) in after and after[key(j)] != j.grade and not is_change:
                    n_clash += 1
                elif key(j) not in after or after[key(j)] != j.grade:
                    after[key(j)] = j.grade
                    n_new += 1
            if n_clash and not is_each:
                with pytest.raises(Conflict, match="before"):
                    log.append(batch, is_change=is_change)
            else:
                call = log.append_each if is_each else log.append
                done = call(batch, is_change=is_change)
                assert done.n_new + done.n_changed == n_new
                assert len(done.contradicted) == n_clash
                assert n_new + n_clash + done.n_known == len(batch)
                model, n_written = after, n_written + n_new
            assert kept(log) == model
        assert log.table(with_earlier=True).num_rows == n_written
        log.close()


def test_what_was_said_cannot_be_edited(tmp_path: Path) -> None:
    path = tmp_path / "judgements.sqlite"
    log = JudgementLog(path)
    log.append([Judgement("usb hub", "p1", "ann", 3, 1)])
    with sqlite3.connect(path) as other:
        for sql in ("UPDATE judgements SET grade = 0", "DELETE FROM judgements"):
            with pytest.raises(sqlite3.IntegrityError, match="appended"):
                other.execute(sql)
    other.close()
    assert kept(log) == {("usb hub", "p1", "ann"): 3}
    log.close()


def test_raters_who_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "judgements.sqlite"

    def judge(rater: str) -> None:
        own = JudgementLog(path)
        for i in range(25):
            own.append([Judgement("usb hub", f"p{i}", rater, i % 4, i)])
        own.close()

    threads = [threading.Thread(target=judge, args=(f"r{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    log = JudgementLog(path)
    assert len(kept(log)) == 100
    log.close()


def test_who_was_asked_is_known_until_the_time_is_over(tmp_path: Path) -> None:
    log = JudgementLog(tmp_path / "judgements.sqlite")
    log.ask([("usb hub", "p1"), ("usb hub", "p2")], "ann", 100)
    log.ask([("usb hub", "p1")], "ann", 200)
    assert log.asked_since(150) == {("usb hub", "p1", "ann")}
    assert log.asked_since(201) == set()
    log.close()
