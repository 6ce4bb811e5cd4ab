"""No text that leaves as CSV is run by the spreadsheet that opens it, and all of it comes back."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from baihuo.core.spreadsheet import cell_text, safe_cell

TRICKS = st.text(st.sampled_from("'=+-@\t\r\n＝＠ 1a.,\";|"), max_size=12) | st.text(max_size=20)


@given(TRICKS)
@example("'=x")
@example("''+")
def test_what_was_made_safe_comes_back_as_it_was(text: str) -> None:
    assert cell_text(safe_cell(text)) == text


@given(TRICKS)
def test_no_safe_cell_begins_as_a_formula_does_unless_it_is_a_plain_number(text: str) -> None:
    cell = safe_cell(text)
    begins_as_formula = cell[:1] in tuple("=+-@\t\r\n＝＋－＠")
    assert not begins_as_formula or re.fullmatch(r"[+-]\d+(\.\d*)?", cell)


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd",
        "+1+1",
        "-2+3",
        "\t=1",
        "\r=1",
        "＝1+1",
        '=HYPERLINK("http://x")',
    ],
)
def test_known_attacks_are_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-5", "+3.50", "12", "", "Lamp", "'t Lampje", "a=b", "手机"])
def test_what_is_no_formula_is_left_alone(text: str) -> None:
    assert safe_cell(text) == text


@given(
    st.lists(
        st.lists(TRICKS.filter(lambda t: "\0" not in t), min_size=2, max_size=3),
        min_size=1,
        max_size=4,
    )
)
def test_a_csv_of_safe_cells_reads_back_to_the_texts(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([[safe_cell(c) for c in r] for r in rows])
    read = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert [[cell_text(c) for c in r] for r in read] == rows
