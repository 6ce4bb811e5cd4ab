"""An example for each check: a row with one known fault, what the check found in it, and what became of the row.

``baihuo docs examples`` writes them beside the checks, and ``baihuo check --explain`` prints them.
"""

from __future__ import annotations

import inspect
import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import isfinite
from pathlib import Path
from typing import Any

import yaml

from baihuo.engine import Tables, written_whole
from baihuo.exam.scoring import Scorer, checks_in_order
from baihuo.exam.workspace import CheckOptions, Finding, Location, Rows, Workspace, copied
from baihuo.faults import Dataset, Fault, Row, all_faults
from baihuo.quality import STEPS_BY_TABLE

FILE = "examples.yaml"
_HEAD = "# Made by `baihuo docs examples --out src/baihuo/quality/checks`; a test compares.\n"
_SEED = 3  # with these every fault finds its rows
_LONGEST = 160  # characters of a cell
_SIDE_EFFECTS = ("updated_at_us",)  # faults of stock first make the dates of all others plausible
_ALWAYS = {"events": ("event_id", "event_type"), "products": ("product_id",)}
_WITHOUT_CHANGE = "visitor_id product_id position price_minor quantity occurred_at_us received_at_us title_en title_zh".split()
_ROW_ID = re.compile(r"1:[1-9]\d*")
_OLDEST_US, _LATEST_US = -62_135_596_800_000_000, 253_402_300_799_000_000  # years 1 to 9999

Examples = dict[str, dict[str, Any]]
"""Check → ``row`` as it came in (its telling cells), ``found``, ``action``."""


def make_examples(
    tables: Tables,
    rows: Rows,
    *,
    options: CheckOptions,
    work: Path,
    n_each: int = 8,
) -> Examples:
    """One example for each check that finds a fault of its own in ``rows``.

    Args:
        rows: of a clean shop, large enough for every fault.
        n_each: rows (or groups) that each fault goes into.
    """
    faults = all_faults()
    examples = _examples_of(faults, Workspace(copied(rows), work, tables, options), n_each)
    # among hundreds of other faults a hole can be filled, or a price no longer stand out
    for check in sorted({check for f in faults for check in f.checks} - examples.keys()):
        others = tuple(c.name for c in checks_in_order() if c.name != check)
        rules = options.rules.model_copy(update={"skip": others})
        alone = Workspace(copied(rows), work, tables, replace(options, rules=rules))
        own = [f for f in faults if check in f.checks]
        examples |= {
            name: example
            for name, example in _examples_of(own, alone, n_each, name=check).items()
            if name == check
        }
    return examples


def _examples_of(
    faults: Sequence[Fault], copy: Workspace, n_each: int, *, name: str = "examples"
) -> Examples:
    before = {id(row): dict(row) for of_table in copy.rows.values() for row in of_table}
    data = Dataset(copy.rows["events"], copy.rows["products"], random.Random(_SEED))
    for fault in faults:
        fault.apply(data, n_each)
    data.finish()
    findings = copy.run_checks(name).findings
    found = {((finding.table, finding.line), finding.check): finding for finding in findings}
    scorer = Scorer(data, copy.rows, findings)
    examples: Examples = {}
    for check in checks_in_order():
        of_check = scorer.of(check.name).right
        right = [row for row in of_check if (row, check.name) in found]
        if (
            of_check and not right
        ):  # a finding may point into a gap from another row than the gap's own
            right = [row for row, name in found if name == check.name]
        if right and check.name not in examples:
            own = {row: found[row, check.name].action == check.action for row in right}
            location = min(right, key=lambda row: (not own[row], len(scorer.truth[row]), row))
            cells = data.cells.get(id(copy.rows[location[0]][location[1] - 1]), set())
            finding = found[location, check.name]
            examples[check.name] = _example(copy.rows, location, finding, before, cells)
    return examples


def write_examples(examples: Examples, folder: Path) -> list[Path]:
    """A file for each group of checks: ``folder/<group>/examples.yaml``. Answers the files."""
    groups = {
        step.name: Path(inspect.getfile(step.settings)).parent.name
        for steps in STEPS_BY_TABLE.values()
        for step in steps
    }
    by_group: dict[str, Examples] = defaultdict(dict)
    for check in checks_in_order():
        if check.name in examples:
            by_group[groups[check.step]][check.name] = examples[check.name]
    files = []
    for group, of_group in by_group.items():
        (folder / group).mkdir(parents=True, exist_ok=True)
        files.append(folder / group / FILE)
        with written_whole(files[-1]) as part:
            part.write_text(_HEAD + _yaml(of_group), encoding="utf-8")
    return files


def _yaml(examples: Examples) -> str:
    return yaml.safe_dump(examples, allow_unicode=True, sort_keys=False, width=120)


def _example(
    rows: Rows, location: Location, finding: Finding, before: Mapping[int, Row], cells: set[str]
) -> dict[str, Any]:
    """``before`` has every row without faults, ``cells`` names those with a fault ("*": any may have one)."""
    table, line = location
    row = rows[table][line - 1]
    old = before.get(id(row))
    changed = [
        name
        for name in (old or {})
        if row[name] != (old or {})[name]
        and (name in cells or ("*" in cells and name not in _SIDE_EFFECTS))
    ]
    if not changed:  # a new row, or one that only a second row makes wrong
        changed = [name for name in _WITHOUT_CHANGE if row.get(name) is not None]
    names = dict.fromkeys([*_ALWAYS[table], *changed, str(finding.detail.get("field", ""))])
    return {
        "row": {name: _cell(name, row[name]) for name in names if name in row},
        "found": {
            name: _cell(name, _by_id(_number(value, finding), rows[table]))
            for name, value in finding.detail.items()
            if value is not None and row.get(name) != value
        },
        "action": finding.action,
    }


def _cell(name: str, value: Any) -> Any:
    """A cell as a person reads it: times as dates, long text cut, numbers short."""
    if name.endswith("_us") and isinstance(value, int) and _OLDEST_US < value < _LATEST_US:
        return _date(value)
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{' '.join(value[:_LONGEST].split())} … ({len(value):,} characters)"
    if isinstance(value, float):
        return float(f"{value:.4g}") if isfinite(value) else "NaN"
    if isinstance(value, dict):
        return {key: _cell(key, item) for key, item in value.items()}
    return value


def _number(value: Any, finding: Finding) -> Any:
    """An old or new time, which findings hold as text, as a date."""
    is_time = str(finding.detail.get("field", "")).endswith("_us")
    if is_time and isinstance(value, str) and value.lstrip("-").isdigit():
        return _cell("at_us", int(value))
    return value


def _date(at_us: int) -> str:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _by_id(value: Any, rows: Sequence[Row]) -> Any:
    """Another row of the copy ("1:17") by the id of its event or product, and its time."""
    if not (isinstance(value, str) and _ROW_ID.fullmatch(value)):
        return value
    row = rows[int(value.split(":")[1]) - 1]
    at_us = row.get("received_at_us") or row.get("updated_at_us")
    return f"{row.get('event_id') or row['product_id']}" + (f" of {_date(at_us)}" if at_us else "")
