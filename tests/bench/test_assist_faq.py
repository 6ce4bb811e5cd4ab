"""Questions in other words: shares by hand."""

from __future__ import annotations

from typing import Any, cast

import pytest

import assist_faq
from baihuo.assist.retrieve.retriever import Retriever
from baihuo.assist.turns import Passage, PassageKind, Turn, Understanding

ANSWERS = {
    "pay": "We take cards and cash at the door of the shop",
    "ship": "Parcels leave the warehouse on the next working day",
}


class Scripted:
    """Finds what the first word of a message names, as sure as its second says."""

    def find(self, turn: Turn, understanding: Understanding) -> tuple[Passage, ...]:
        name, p = turn.text.split()
        if name not in ANSWERS:
            return ()
        return (
            Passage(
                source_id=name,
                kind=PassageKind.FAQ,
                text=ANSWERS[name],
                language="en",
                as_of_us=0,
                p_right=float(p),
            ),
        )


def line(text: str, entry_id: str) -> dict[str, Any]:
    return {"text": text, "entry_id": entry_id, "right_answers": {"en": ANSWERS.get(entry_id, "")}}


def test_shares_of_answered_right_and_wrong() -> None:
    asked = [
        line("pay 0.95", "pay"),
        line("pay 0.9", "pay"),
        line("ship 0.85", "pay"),  # wrong, and sure
        line("ship 0.1", "ship"),
        line("none 0.9", "gone"),  # nothing is found, and nothing is there
    ]
    found = assist_faq.measured(cast(Retriever, Scripted()), asked, {"gone"}, "en")
    assert (found["n"], found["n_answerable"]) == (5, 4)
    assert found["recall1"] == pytest.approx(3 / 4)
    assert (found["right"], found["wrong"]) == pytest.approx((2 / 5, 1 / 5))
    assert found["precision"] == pytest.approx(2 / 3)
    assert found["coverage_at_90"]["mid"] == pytest.approx(2 / 5)
    assert found["from"]["0.85"] == [0.6, 0.667]
