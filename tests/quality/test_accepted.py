"""What a person accepted of the notes about groups is left out, and hides no other change."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.quality.test_history import Rows, _table  # the log of a shop, as the detector reads it

from baihuo.quality.accepted import GroupNote, LeftOut, Verdict, read_accepted
from baihuo.quality.checks.history.settings import HistoryRules
from baihuo.quality.checks.history.signals import DAY_US, seen_by_day, signals, visitor_codes
from baihuo.quality.checks.history.spans import Span, find_spans

_SPAN: dict[str, Any] = {"group": "platform ios", "signal": "dwell_ms is 0", "event_type": "dwell"}
_SPAN |= {"from": "2026-05-03", "until": "2026-05-20", "share": 0.3, "expected": 0.01}
_IDS = {"key": "order_id", "field": "visitor_id", "n_ids": 1000, "n_with_several": 4}
_HABIT = {"field": "brand", "signal": "has ’", "share": 0.01}


def _verdict(check: str, detail: dict[str, Any], until: str | None = None) -> Verdict:
    note = GroupNote(check, detail)
    return Verdict(number=1, note=note, until=until, by="ann", why="our player", at_us=0)


@pytest.mark.parametrize(
    ("until", "change", "is_covered"),
    [
        (None, {}, True),
        (None, {"until": "2026-08-01"}, True),  # it goes on
        (None, {"from": "2026-05-01"}, True),  # two days are nothing
        (None, {"from": "2026-04-30"}, False),
        (None, {"group": "platform web"}, False),
        (None, {"event_type": "click"}, False),
        (None, {"signal": "dwell_ms is 1"}, False),
        (None, {"share": 0.59}, True),
        (None, {"share": 0.6}, False),  # more than twice as far from 1%
        ("2026-05-20", {"until": "2026-05-22"}, True),
        ("2026-05-20", {"until": "2026-05-23"}, False),
        ("2026-05-20", {"from": "2026-06-10", "until": "2026-06-14"}, False),
    ],
)
def test_a_verdict_covers_its_change_and_no_other_or_worse_one(
    until: str | None, change: dict[str, Any], is_covered: bool
) -> None:
    verdict = _verdict("unlike_its_history", _SPAN, until)
    assert verdict.covers(GroupNote("unlike_its_history", _SPAN | change)) == is_covered


@pytest.mark.parametrize(
    ("check", "detail", "change", "is_covered"),
    [
        ("two_values_for_one_id", _IDS, {"n_ids": 3000, "n_with_several": 24}, True),
        ("two_values_for_one_id", _IDS, {"n_with_several": 9}, False),
        ("two_values_for_one_id", _IDS, {"field": "surface"}, False),
        ("unlike_the_catalogue", _HABIT, {"share": 0.02}, True),
        ("unlike_the_catalogue", _HABIT, {"share": 0.021}, False),
        ("unlike_the_catalogue", _HABIT, {"signal": "has “"}, False),
    ],
)
def test_notes_without_days_are_covered_up_to_twice_their_share(
    check: str, detail: dict[str, Any], change: dict[str, Any], is_covered: bool
) -> None:
    assert _verdict(check, detail).covers(GroupNote(check, detail | change)) == is_covered
    assert not _verdict("unlike_its_history", _SPAN).covers(GroupNote(check, detail | change))


@given(st.sets(st.integers(0, 1000), min_size=3, max_size=3))
def test_a_bin_that_moves_a_little_is_the_same_and_its_neighbour_is_not(ends: set[int]) -> None:
    low, middle, high = sorted(ends)

    def note(signal: str) -> GroupNote:
        return GroupNote("unlike_its_history", {**_SPAN, "signal": signal})

    own, wider = note(f"pause is {low} to {middle}"), note(f"pause is {low} to {high}")
    assert own.is_about_the_same(wider)
    assert not own.is_about_the_same(note(f"pause is {middle} to {high}"))
    assert not own.is_about_the_same(note(f"late is {low} to {middle}"))
    assert not own.is_about_the_same(note(f"pause is {middle} to "))
    assert note(f"pause is  to {low}").is_about_the_same(note(f"pause is  to {high}"))


def _log(shares: list[float], lost_from: int) -> Rows:
    """Stays of two platforms; on each day so many of those on ios last 0 ms in the player, and four in a hundred elsewhere.

    Args:
        lost_from: from this day on those on ios that last 0 ms have no product.
    """
    rng, rows = random.Random(5), []
    for day, share in enumerate(shares):
        for n in range(320):
            is_ios = n % 4 == 0
            is_zero = rng.random() < (share if is_ios else 0.04)
            rows.append(
                {
                    "event_type": "dwell",
                    "visitor_id": f"v{day}-{n}",
                    "platform": "ios" if is_ios else "web",
                    "dwell_ms": 0 if is_zero else rng.randint(500, 90_000),
                    "occurred_at_us": day * DAY_US + rng.randrange(DAY_US),
                    "surface": "player" if is_zero else "home",
                    "product_id": None
                    if is_zero and is_ios and day >= lost_from
                    else f"p{rng.randrange(30)}",
                }
            )
    return [{**row, "received_at_us": row["occurred_at_us"]} for row in rows]


def _spans(
    shares: list[float], *verdicts: Verdict, lost_from: int = 99
) -> tuple[list[Span], LeftOut]:
    log, left_out = _table(_log(shares, lost_from)), LeftOut(verdicts)
    types, found = signals(log)
    day, seen = (
        log["occurred_at_us"].to_numpy() // DAY_US,
        seen_by_day(log, types, visitor_codes(log)),
    )
    return find_spans(
        types, found, day, visitor_codes(log), HistoryRules(), seen=seen, left_out=left_out
    ), left_out


def _of(span: Span) -> Verdict:
    first, last = (f"1970-{1 + d // 31:02}-{1 + d % 31:02}" for d in (span.first, span.last))
    detail: dict[str, Any] = {
        "group": span.group,
        "signal": span.signal,
        "event_type": span.event_type,
    }
    detail |= {"from": first, "until": last}
    detail |= {"share": span.share, "expected": span.expected}
    return _verdict("unlike_its_history", detail)


def test_an_accepted_change_is_left_out_for_as_long_as_it_lasts() -> None:
    shares = [0.04] * 18 + [0.4] * 10
    [noted], none = _spans(shares)
    assert (noted.group, noted.signal, noted.first) == ("platform ios", "surface is player", 18)
    assert none.words("history") == []
    for more in (0, 1, 10):  # days later
        spans, left_out = _spans(shares + [0.4] * more, _of(noted))
        assert spans == []
        assert left_out.words("history") == [
            "history: 1 note that ann accepted on 1970-01-01 is left out"
        ]


def test_an_accepted_change_hides_neither_a_worse_one_nor_one_elsewhere() -> None:
    shares = [0.04] * 18 + [0.4] * 10
    [noted], _ = _spans(shares)
    [worse], left_out = _spans([*shares, *[0.95] * 8], _of(noted))
    assert (worse.first, worse.last) == (28, 35)
    assert left_out.words("history")
    [before], _ = _spans([0.04] * 6 + [0.4] * 5 + [0.04] * 10 + [0.4] * 7, _of(noted))
    assert (before.first, before.last) == (6, 10)


def test_a_change_after_the_end_of_an_accepted_one_is_noted() -> None:
    shares = [0.04] * 8 + [0.4] * 5 + [0.04] * 9
    [noted], _ = _spans(shares)
    ended = replace(_of(noted), until=f"1970-01-{1 + noted.last:02}")
    assert _spans(shares, ended)[0] == []
    [again], _ = _spans([*shares, *[0.4] * 5], ended)
    assert (noted.first, again.first, again.last) == (8, 22, 26)


def test_another_fault_of_the_same_rows_is_noted() -> None:
    shares = [0.04] * 18 + [0.4] * 14
    [noted], _ = _spans(shares[:25])
    [lost], _ = _spans(shares, _of(noted), lost_from=25)
    assert (lost.signal, lost.first) == ("product_id is empty", 25)


def test_what_is_accepted_and_does_not_happen_is_not_counted() -> None:
    [noted], _ = _spans([0.04] * 18 + [0.4] * 10)
    spans, left_out = _spans([0.04] * 28, _of(noted))
    assert (spans, left_out.words("history")) == ([], [])


def test_a_damaged_line_of_the_file_is_passed_over(tmp_path: Path) -> None:
    line = {"number": 2, "check": "unlike_its_history", "detail": _SPAN, "n_rows": 9}
    line |= {"until": None, "by": "ann", "why": "x", "at_us": 1}
    texts = [json.dumps(line), '{"undo": 1}', "[]", '{"number": 3, "che']
    (tmp_path / "accepted.jsonl").write_text("\n".join(texts), encoding="utf-8")
    assert [verdict.number for verdict in read_accepted(tmp_path)] == [2]
