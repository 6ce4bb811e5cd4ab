"""Kinds of dirt by whose hand they are: each hand is a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from baihuo.core import BadInput
from baihuo.dirt import EVENTS, Case, kind_of
from baihuo.exam.grading import Score, Tally
from baihuo.exam.kinds import ALL, kinds_of, load_kinds
from baihuo.exam.line import Finding, Output, judge
from baihuo.exam.report import sums_of, to_dict


@pytest.fixture
def no_kinds() -> Iterator[None]:
    """Only the kinds of the test; those of the exam come back in their order."""
    before = dict(ALL)
    ALL.clear()
    yield
    ALL.clear()
    ALL.update(before)


@pytest.mark.usefixtures("no_kinds")
def test_totals_are_told_by_hand() -> None:
    for name, hand in (("early", "first"), ("late", "later")):
        ALL[name] = kind_of(name, {"words": "no title", "actions": "note"}, hand)
    tally = Tally()
    for name, found in (("early", 30), ("late", 12)):
        tally.scores[name] = Score(planted=30, found=found)
    body = to_dict(tally, seeds=[1], data="none")
    assert {k["kind"]: k["hand"] for k in body["kinds"]} == {"early": "first", "late": "later"}
    told = dict(sums_of(body))
    assert told["kinds of the first hand found completely"].startswith("1 of 1")
    assert told["kinds of the later hand found completely"].startswith("0 of 1")
    assert told["kinds of the later hand found completely"].endswith("rows 0.400")


def test_the_name_of_a_hand_stands_for_its_kinds() -> None:
    load_kinds()
    chosen = kinds_of(["second", "zero_width", "zero_width"])
    assert {kind.hand for kind in chosen} == {"first", "second"}
    assert len(chosen) == 1 + sum(k.hand == "second" for k in ALL.values())


def test_the_names_of_checks_and_steps_stand_for_the_kinds_that_name_them() -> None:
    load_kinds()
    by_check = kinds_of(["no_consent"])
    assert by_check
    assert all("no_consent" in kind.checks for kind in by_check)
    assert kinds_of(["consent"], {"no_consent": "consent"}) == by_check


def test_a_name_that_is_neither_kind_nor_hand_says_what_is_near() -> None:
    load_kinds()
    with pytest.raises(BadInput, match="no check, no step, no kind of dirt and no hand") as error:
        kinds_of(["zero_widht"])
    assert "zero_width" in error.value.fix
    assert "first, second, third, fourth" in error.value.fix


def test_hands_stand_in_the_order_of_their_lists() -> None:
    load_kinds()
    hands = list(dict.fromkeys(k.hand for k in ALL.values()))
    assert hands == ["first", "second", "third", "fourth", "fifth", "own"]


@pytest.mark.usefixtures("no_kinds")
def test_a_finding_of_something_else_does_not_find_a_kind() -> None:
    """A review's address that is masked is no word about its order."""
    row = {"words": "words", "actions": "note", "apart": "personal_data"}
    ALL["of_an_order"] = kind_of("of_an_order", row)
    key, case = (EVENTS, 1), Case("of_an_order", ((EVENTS, 1),))
    for check, is_found in (("personal_data", False), ("another", True)):
        finding = Finding(key, EVENTS, check, "note", {}, "")
        outcome = judge(case, ALL["of_an_order"], Output([finding]), {key: [finding]}, {key: {}})
        assert outcome.is_found is is_found
