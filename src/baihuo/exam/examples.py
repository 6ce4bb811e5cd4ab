"""An example for each check: a row with known dirt, what the check found in it, and what became of the row.

``baihuo docs examples`` writes them next to the checks, and ``baihuo check --explain`` prints them.
"""

from __future__ import annotations

import inspect
import re
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import isfinite
from pathlib import Path
from typing import Any

import yaml

from baihuo.dirt import Kind, Row
from baihuo.engine import written_whole
from baihuo.exam.grading import differing
from baihuo.exam.kinds import ALL, OWN, load_kinds
from baihuo.exam.line import CheckOptions, Finding, run_line
from baihuo.exam.run import plant_all, sized
from baihuo.exam.shop import clean_shop
from baihuo.quality import CHECKS, STEPS_BY_TABLE

FILE = "examples.yaml"
_HEAD = "# Made by `baihuo docs examples --out src/baihuo/quality/checks`; a test compares.\n"
_SEED, _EVENTS, _PRODUCTS, _CASES = 3, 9_000, 700, 4
_SHARE = {"events": 0.5, "products": 0.5}  # of the rows: here a shop need not be as ever
_KINDS = 2  # for each check: not every case is found
_LONGEST = 160  # characters of a cell
_ALWAYS = {"events": ("event_id", "event_type"), "products": ("product_id",)}
_WITHOUT_CHANGE = "visitor_id product_id position price quantity occurred_at_us received_at_us title_en title_zh".split()
_PSEUDONYM = re.compile(r"⟨(\w+):[0-9a-f]+⟩")  # with a key of each run
_ROW_ID = re.compile(r"1:[1-9]\d*")
_OLDEST_US, _LATEST_US = -62_135_596_800_000_000, 253_402_300_799_000_000  # years 1 to 9999

Examples = dict[str, dict[str, Any]]
"""Check → ``row`` as it came in (its telling cells), ``found``, ``action``."""


def make_examples(options: CheckOptions | None = None) -> Examples:
    """Return one example for each check that finds dirt of its own in one copy of a simulated shop; ``options`` are how the checks run."""
    load_kinds()
    shop = clean_shop(_SEED, events=_EVENTS, products=_PRODUCTS)
    (copy,) = plant_all(shop, _SEED, _kinds(), most=1, share=_SHARE)
    with tempfile.TemporaryDirectory(prefix="baihuo-examples-") as folder:
        findings = run_line(copy.shop, Path(folder), options).findings
    clean = {row.key: row for row in (*shop.events, *shop.products)}
    rows = {row.key: row for row in (*copy.shop.events, *copy.shop.products)}
    checks_of = {key: ALL[case.kind].checks for case in copy.cases for key in case.rows}
    examples: Examples = {}
    lost = {name for case in copy.cases if case.span_us for name in ALL[case.kind].checks}
    for check in CHECKS:
        right = [
            (finding, rows[finding.key])
            for finding in findings
            if finding.check == check.name
            and finding.key in rows
            and (check.name in lost or check.name in checks_of.get(finding.key, ()))
        ]
        if right:
            finding, row = min(right, key=lambda pair: _order(pair[0], check.action))
            examples[check.name] = _example(finding, row, clean, copy.shop.table(finding.table))
    return examples


def _order(finding: Finding, action: str) -> tuple[bool, tuple[str, int], str]:
    """The check's own action first, then by row: findings come in no order."""
    return finding.action != action, finding.key or ("", 0), finding.text


def _kinds() -> list[Kind]:
    """The kinds that say most plainly what each check is for: by its authors, or of few checks."""
    chosen: dict[str, Kind] = {}
    for check in CHECKS:
        of_check = [kind for kind in ALL.values() if check.name in kind.checks]
        of_check.sort(key=lambda kind: (kind.hand != OWN, kind.table != check.on, len(kind.checks)))
        chosen |= {kind.name: sized(kind, _CASES) for kind in of_check[:_KINDS]}
    return list(chosen.values())


def write_examples(examples: Examples, folder: Path) -> list[Path]:
    """Write a file for each group of checks: ``folder/<group>/examples.yaml``. Return the files."""
    groups = {
        step.name: Path(inspect.getfile(step.settings)).parent.name
        for steps in STEPS_BY_TABLE.values()
        for step in steps
    }
    by_group: dict[str, Examples] = defaultdict(dict)
    for check in CHECKS:
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
    return yaml.safe_dump(
        examples, allow_unicode=True, sort_keys=False, width=2_000, default_flow_style=None
    )


def _example(
    finding: Finding, row: Row, clean: dict[Any, Row], rows: Sequence[Row]
) -> dict[str, Any]:
    """The cells that tell: those with dirt, and what the finding names; of a new row those that a person would look at."""
    held = row.values if row.raw is None else {"line": row.raw.decode("utf-8", "replace")}
    old = clean.get(row.key)
    changed = sorted(differing(old.values, held)) if old else []
    if row.raw is None and not changed:  # a new row, or one that only a second row makes wrong
        changed = [name for name in _WITHOUT_CHANGE if held.get(name) is not None]
    field = str(finding.detail.get("field", "")).partition(".")[0].replace("price_minor", "price")
    names = dict.fromkeys([*_ALWAYS[finding.table], *changed, field])
    return {
        "row": {name: _cell(name, held[name]) for name in names if name in held},
        "found": {
            name: _cell(name, _by_id(_number(value, finding), rows))
            for name, value in finding.detail.items()
            if value is not None
            and held.get(name) != value
            and not (name == "old" and value == str(held.get(field)))  # as ``row`` says already
        },
        "action": finding.action,
    }


def _cell(name: str, value: Any) -> Any:
    """A cell as a person reads it: times as dates, long text cut, numbers short."""
    if name.endswith("_us") and isinstance(value, int) and _OLDEST_US < value < _LATEST_US:
        return _date(value)
    if isinstance(value, str):
        value = _PSEUDONYM.sub(r"⟨\1:…⟩", value)
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{' '.join(value[:_LONGEST].split())} … ({len(value):,} characters)"
    if isinstance(value, float):
        # a share is learned, and its third digit is not the same each time
        digits = 4 if abs(value) >= 1 else 2
        return float(f"{value:.{digits}g}") if isfinite(value) else "NaN"
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
    row = rows[int(value.split(":")[1]) - 1].values
    at_us = row.get("received_at_us") or row.get("updated_at_us")
    name = row.get("event_id") or row["product_id"]
    return f"{name} of {_date(at_us)}" if isinstance(at_us, int) else name
