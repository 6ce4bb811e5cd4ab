"""Kinds of dirt by whose hand they are: a folder below ``dirt`` is a later hand's."""

from __future__ import annotations

import random
from typing import Any

from baihuo.exam.independent.grading import Score, Tally
from baihuo.exam.independent.kinds import ALL, cell
from baihuo.exam.independent.report import sums_of, to_dict


def gone(rng: random.Random, value: Any) -> Any:
    return None


gone.__module__ = "baihuo.exam.independent.dirt.later.cells"


def test_totals_are_told_by_hand(monkeypatch: Any) -> None:
    for name in list(ALL):
        monkeypatch.delitem(ALL, name)
    cell("early", "no title", "title", lambda _, v: None, actions="note")
    cell("late", "no brand", "brand", gone, actions="note")
    tally = Tally()
    for name, found in (("early", 30), ("late", 12)):
        tally.scores[name] = Score(planted=30, found=found)
    body = to_dict(tally, seeds=[1], data="none")
    assert {k["kind"]: k["hand"] for k in body["kinds"]} == {"early": "first", "late": "later"}
    told = dict(sums_of(body))
    assert told["kinds of the first hand found completely"].startswith("1 of 1")
    assert told["kinds of the later hand found completely"].startswith("0 of 1")
    assert told["kinds of the later hand found completely"].endswith("rows 0.400")
