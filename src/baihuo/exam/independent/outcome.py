"""What became of one planted case, by what the product wrote alone."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from baihuo.exam.independent.kinds import READ, Kind
from baihuo.exam.independent.line import Finding, Output
from baihuo.exam.independent.rows import ANY, Case, Key

HUNDREDTHS = {"price": "price_minor"}  # the file's column, and the one it becomes


@dataclass(slots=True)
class Outcome:
    """``actions`` are those seen; ``wrong`` tells a value that is neither clean nor withheld."""

    case: Case
    findings: list[Finding] = field(default_factory=list)
    actions: set[str] = field(default_factory=set)
    is_found: bool = False
    is_right_check: bool = False
    is_right_action: bool = False
    wrong: str = ""


def value_of(row: dict[str, Any], column: str) -> Any:
    """A cell of a kept row, by the name that the file had for it."""
    column = HUNDREDTHS.get(column, column)
    if column.startswith("attributes."):
        held = row.get("attributes")
        held = json.loads(held) if isinstance(held, str) and held else held or {}
        return held.get(column.partition(".")[2])
    value = row.get(column)
    return value.split(" > ") if column == "category" and isinstance(value, str) else value


def expected(case: Case) -> Any:
    if case.field == "price" and case.clean is not None:
        return minor(case.clean)
    return case.clean


def minor(text: Any) -> int | None:
    try:
        return int((Decimal(str(text)) * 100).to_integral_value())
    except InvalidOperation:
        return None


def plain(value: Any) -> str:
    """A value without what a reader cannot see: blanks, and the difference of 1 and 1.0."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{float(value):.6g}"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return "".join(str(value).split()).casefold()


def is_withheld(value: Any) -> bool:
    return value is None or value in ("", [], {})


def cell_after(case: Case, written: dict[str, Any], kept: dict[str, Any]) -> str:
    """``clean``, ``withheld``, ``dirty`` (as it was), ``masked`` or ``wrong`` for the case's cell."""
    column = case.field or ""
    value = value_of(kept, column)
    if case.secrets:
        if is_withheld(value):
            return "withheld"
        text = str(value)
        if any(s in text for s in case.secrets):
            return "dirty"
        around = [part for part in case.clean if part.strip()]
        return "masked" if all(part.strip() in text for part in around) else "wrong"
    clean = expected(case)
    if plain(value) == plain(clean):
        return "clean"
    if is_withheld(value) or any(plain(value) == plain(v) for v in case.fine):
        return "withheld"
    dirty = written.get(column)
    if column.startswith("attributes."):
        held = written.get("attributes")
        dirty = held.get(column.partition(".")[2]) if isinstance(held, dict) else held
    dirty = minor(dirty) if column == "price" else dirty
    if plain(value) == plain(dirty):
        return "dirty"
    return "clean" if clean is ANY else "wrong"


def judge(
    case: Case,
    kind: Kind,
    output: Output,
    by_key: dict[Key, list[Finding]],
    written: dict[Key, dict[str, Any]],
) -> Outcome:
    """Compare a case with what the product wrote."""
    outcome = Outcome(case)
    if case.rows:
        outcome.findings = [f for key in case.rows for f in by_key.get(key, [])]
    else:
        outcome.findings = [f for f in output.findings if any(m in f.text for m in case.marks)]
        outcome.findings = [
            f for f in outcome.findings if not kind.checks or f.check in kind.checks
        ]
    outcome.actions = {f.action for f in outcome.findings}
    states = set()
    if case.field is not None:
        rows = [k for k in case.rows if k in output.kept][:1] if len(case.rows) > 1 else case.rows
        for key in rows:
            if key in output.kept:
                states.add(cell_after(case, written[key], output.kept[key]))
    if "withheld" in states:
        outcome.actions.add("withhold")
    if "repair" in outcome.actions and not states & {"clean", "masked"} and "withheld" in states:
        outcome.actions.discard("repair")
    was_read = READ in kind.actions and states == {"clean"}
    outcome.is_found = bool(outcome.findings) or was_read
    names = {f.check for f in outcome.findings}
    outcome.is_right_check = outcome.is_found and (
        not kind.checks
        or bool(names & kind.checks)
        or was_read
        or any(
            f.is_of_import and f.detail.get("field") in (case.field, None, "")
            for f in outcome.findings
        )
    )
    outcome.is_right_action = was_read or bool(outcome.actions & kind.actions)
    if "wrong" in states:
        outcome.wrong = str(
            next(value_of(output.kept[k], case.field or "") for k in rows if k in output.kept)
        )
        outcome.is_right_action = False
    return outcome
