"""Every check shows an example that was made from a known fault."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.exam.examples import FILE
from baihuo.faults import all_faults
from baihuo.quality import CHECKS, explain
from baihuo.quality.registry import STEPS_BY_TABLE

GROUPS = {
    step.name: Path(inspect.getfile(step.settings)).parent.name
    for steps in STEPS_BY_TABLE.values()
    for step in steps
}
CHECKS_FOLDER = Path(__file__).resolve().parents[2] / "src" / "baihuo" / "quality" / "checks"
# They may only become fewer. A batch drifts from the one before, which one shop does not have; a number that
# more than one unit would explain is what is left where a fault of a unit is not understood; and what is unlike the
# rest of the shop is right about faults of every kind, so that `baihuo exam --independent` measures it.
WITHOUT_FAULT = {"drift", "strong_drift", "unit_outlier"}
WITHOUT_FAULT |= {"unlike_its_history", "two_values_for_one_id", "visitors_in_step"}
WITHOUT_FAULT |= {"unlike_the_catalogue"}


def shipped() -> dict[str, dict[str, object]]:
    examples: dict[str, dict[str, object]] = {}
    for file in sorted(CHECKS_FOLDER.glob(f"*/{FILE}")):
        examples |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return examples


def test_every_check_has_a_fault_but_those_that_are_known() -> None:
    with_fault = {check for fault in all_faults() for check in fault.checks}
    assert {check.name for check in CHECKS} - with_fault == WITHOUT_FAULT
    assert with_fault <= {check.name for check in CHECKS}


def test_every_check_with_a_fault_has_an_example_and_no_other_has_one() -> None:
    names = {check.name for check in CHECKS}
    assert names - set(shipped()) == WITHOUT_FAULT
    assert set(shipped()) <= names


def test_an_example_lies_beside_its_check_and_did_what_the_check_does() -> None:
    examples = shipped()
    for check in CHECKS:
        if check.name in examples:
            group = GROUPS[check.step]
            file = CHECKS_FOLDER / group / FILE
            assert check.name in yaml.safe_load(file.read_text(encoding="utf-8"))
            assert examples[check.name]["action"] in (check.action, "quarantine")
            assert examples[check.name]["row"]


def test_explain_prints_the_row_the_finding_and_the_action() -> None:
    words = explain("bad_stock")
    assert "example: a row came in as product_id " in words
    assert "stock_units -" in words
    assert 'found: field "stock_units"' in words
    assert "action: repair" in words.split("example:")[1]
    assert "example:" not in explain("unit_outlier")


@pytest.mark.slow(
    reason="all faults at once in a shop of 80,000 events: the one way to notice a stale example"
)
def test_the_shipped_examples_are_those_that_the_command_makes(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["docs", "examples", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    made = {
        file.parent.name: file.read_text(encoding="utf-8") for file in tmp_path.glob(f"*/{FILE}")
    }
    assert set(made) == {file.parent.name for file in CHECKS_FOLDER.glob(f"*/{FILE}")}
    for step, text in made.items():
        file = CHECKS_FOLDER / step / FILE
        hint = "run: baihuo docs examples --out src/baihuo/quality/checks"
        assert text == file.read_text(encoding="utf-8"), f"{file}: {hint}"
