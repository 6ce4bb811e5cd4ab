"""The product's own line, run as a user runs it: files in, `baihuo check`, files out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from baihuo.core import ShopError
from baihuo.dirt import ANY, EVENTS, PRODUCTS, Case, Key, Kind, Row, Shop
from baihuo.exam.kinds import READ

# What became of one planted case, by what the product wrote alone.


MINUTE_US = 60_000_000
UNITS: dict[str, tuple[float, str]] = {
    "mg": (0.001, "g"),
    "g": (1, "g"),
    "kg": (1000, "g"),
    "t": (1e6, "g"),
    "oz": (28.35, "g"),
    "斤": (500, "g"),
    "公克": (1, "g"),
    "kilos": (1000, "g"),
    "公斤": (1000, "g"),
    "克": (1, "g"),
    "mm": (0.1, "cm"),
    "cm": (1, "cm"),
    "m": (100, "cm"),
    "inch": (2.54, "cm"),
    "公分": (1, "cm"),
    "ml": (1, "ml"),
    "l": (1000, "ml"),
    "hl": (1e5, "ml"),
    "公升": (1000, "ml"),
    "毫升": (1, "ml"),
    "L": (1000, "ml"),
    "in": (2.54, "cm"),
    "mL": (1, "ml"),
    "mW": (0.001, "W"),
    "W": (1, "W"),
    "kW": (1000, "W"),
    "watts": (1, "W"),
    "MB": (1 / 1024, "GB"),
    "GB": (1, "GB"),
    "TB": (1024, "GB"),
    "gigabyte": (1, "GB"),
    "mAh": (1, "mAh"),
    "Ah": (1000, "mAh"),
}
HUNDREDTHS = {"price": "price_minor"}  # the file's column, and the one it becomes


@dataclass(slots=True)
class Finding:
    """One thing that the product reports of a row, or of none (``key`` is None)."""

    key: Key | None
    table: str
    check: str
    action: str  # merge, repair, quarantine, note, withhold
    detail: dict[str, Any]
    text: str  # all of it, to look for a day or a platform in
    is_of_import: bool = False  # a reason of the import, which names its field, and not a check


@dataclass(slots=True)
class Outcome:
    """``actions`` are those seen; ``wrong`` tells a value that is neither clean nor withheld."""

    case: Case
    findings: list[Finding] = field(default_factory=list)
    actions: set[str] = field(default_factory=set)
    cell: str = ""  # what became of it, without a finding too
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
    if column == "variants":
        return variants_of(value)
    return value.split(" > ") if column == "category" and isinstance(value, str) else value


def expected(case: Case) -> Any:
    if case.field == "price" and case.clean is not None:
        return minor(case.clean)
    return variants_of(case.clean) if case.field == "variants" else case.clean


def variants_of(value: Any) -> Any:
    """Variants as a list of what they say, however they are written: as JSON or not, in any order of fields, with a price or its hundredths.

    >>> variants_of('[{"codes": [], "price_minor": 950}]') == variants_of([{"price": "9.50"}])
    True
    """
    with suppress(ValueError):
        value = json.loads(value) if isinstance(value, str) else value
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return value
    filled = [{n: cell for n, cell in one.items() if cell not in (None, [], {})} for one in value]
    return [
        {HUNDREDTHS.get(n, n): minor(cell) if n in HUNDREDTHS else cell for n, cell in one.items()}
        for one in filled
    ]


def minor(text: Any) -> int | None:
    """A decimal text in hundredths; None of what is no number.

    >>> minor("12.50"), minor("NaN"), minor("call us")
    (1250, None, None)
    """
    try:
        value = Decimal(str(text))
    except InvalidOperation:
        return None
    return int((value * 100).to_integral_value()) if value.is_finite() else None


def plain(value: Any) -> str:
    """A value without what a reader cannot see: blanks, and the difference of 1 and 1.0."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        # a time in microseconds has sixteen digits, and hours lie in the last ten
        return str(int(value)) if float(value).is_integer() else f"{float(value):.6g}"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return "".join(str(value).split()).casefold()


def cell_after(case: Case, written: dict[str, Any], kept: dict[str, Any]) -> str:
    """``clean``, ``withheld``, ``dirty`` (as it was), ``masked`` or ``wrong`` for the case's cell."""
    column = case.field or ""
    value = value_of(kept, column)
    if case.secrets:
        if is_no_value(value):
            return "withheld"
        text = str(value)
        if any(s in text for s in case.secrets):
            return "dirty"
        around = [part for part in case.clean if part.strip()]
        return "masked" if all(part.strip() in text for part in around) else "wrong"
    clean = expected(case)
    if plain(value) == plain(clean):
        return "clean"
    dirty = written.get(column)
    if column.startswith("attributes."):
        held = written.get("attributes")
        dirty = held.get(column.partition(".")[2]) if isinstance(held, dict) else held
    dirty = minor(dirty) if column == "price" else dirty
    dirty = variants_of(dirty) if column == "variants" else dirty
    if is_no_value(value) and is_no_value(dirty):
        return "dirty"
    if is_no_value(value) or any(plain(value) == plain(v) for v in case.fine):
        return "withheld"
    if plain(value) == plain(dirty):
        return "dirty"
    if clean == ANY or is_close(column, value, clean):
        return "clean"
    return "dirty" if is_same_amount(value, dirty) else "wrong"


def is_close(column: str, value: Any, clean: Any) -> bool:
    """A clock set right to the minute, an amount as exact as the dirt left it."""
    if column.endswith("_at_us") and isinstance(value, int) and isinstance(clean, int):
        return abs(value - clean) <= MINUTE_US
    return column.startswith("attributes.") and is_same_amount(value, clean)


def is_same_amount(value: Any, other: Any) -> bool:
    """Two texts of a number and a unit that mean the same, to one part in fifty."""
    first, second = amount(value), amount(other)
    if first is None or second is None or first[1] != second[1]:
        return False
    return abs(first[0] - second[0]) <= 0.02 * max(abs(first[0]), abs(second[0]))


def amount(text: Any) -> tuple[float, str] | None:
    match = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*([^\d\s.]+)\s*", str(text))
    if match is None or match[2] not in UNITS:
        return None
    factor, base = UNITS[match[2]]
    return float(match[1]) * factor, base


def overlaps(detail: dict[str, Any], span_us: tuple[int, int] | None) -> bool:
    """Whether a finding's ``from`` and ``until`` (ISO 8601) meet a stretch of time."""
    try:
        ends = [datetime.fromisoformat(str(detail[k])).timestamp() * 1e6 for k in ("from", "until")]
    except (KeyError, ValueError):
        return False
    return span_us is not None and ends[0] < span_us[1] and ends[1] > span_us[0]


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
        outcome.findings = [
            f
            for f in output.findings
            if f.check in kind.checks and overlaps(f.detail, case.span_us)
        ]
    outcome.findings = [f for f in outcome.findings if f.check not in kind.apart]
    outcome.actions = {f.action for f in outcome.findings}
    states = set()
    if case.field is not None:
        rows = [k for k in case.rows if k in output.kept][:1] if len(case.rows) > 1 else case.rows
        for key in rows:
            if key in output.kept:
                states.add(cell_after(case, written[key], output.kept[key]))
    outcome.cell = " ".join(sorted(states))
    if "withheld" in states:
        outcome.actions.add("withhold")
    if states and not states & {"clean", "masked"}:
        outcome.actions.discard("repair")  # of another cell, or wrong
    if "withhold" in outcome.actions and states == {"clean"} and is_no_value(expected(case)):
        outcome.actions.add("repair")  # no value is the clean value
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


FILES = {EVENTS: "events.jsonl", PRODUCTS: "products.jsonl"}
SECONDS = 1200  # for one run; a check that does not end is a failure, not a wait


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """How the checks are run: with which ``quality.yaml``, and where relative paths of pictures start."""

    rules: Path | None = None
    pictures: Path | None = None


@dataclass(slots=True)
class Output:
    """What the product wrote: findings, the rows it kept, and what it could not check ("stale_stock: there are no events")."""

    findings: list[Finding] = field(default_factory=list)
    kept: dict[Key, dict[str, Any]] = field(default_factory=dict)
    exit_code: int = 0
    not_checked: tuple[str, ...] = ()


def run_line(shop: Shop, folder: Path, options: CheckOptions | None = None) -> Output:
    """Write the shop's files, check them, and read the results.

    Raises:
        ShopError: The run ended without results.
    """
    keys = write_files(shop, folder)
    out, options = folder / "out", options or CheckOptions()
    command = [sys.executable, "-m", "baihuo", "check", "--no-alerts", "--out", str(out)]
    for table, name in FILES.items():
        if keys[table]:
            command += [f"--{table}", str(folder / name)]
    if pictures := folder if shop.pictures else options.pictures:
        command += ["--pictures", str(pictures)]
    if options.rules is not None:
        command += ["--rules", str(options.rules)]
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    if not (out / "findings.parquet").exists():
        errors = done.stderr.decode("utf-8", "replace")[-2000:]
        raise ShopError(
            f"the check of the exam's files ended without results (exit code {done.returncode}): {errors}",
            fix="run `baihuo check` on your own files; what ends that run ends this one",
        )
    output = read_output(out, keys)
    output.exit_code = done.returncode
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    output.not_checked = tuple(report["not_checked"])
    return output


def write_files(shop: Shop, folder: Path) -> dict[str, list[Key]]:
    """The files, and for each the key of each line."""
    folder.mkdir(parents=True, exist_ok=True)
    keys: dict[str, list[Key]] = {}
    for table, name in FILES.items():
        rows: list[Row] = shop.table(table)
        keys[table] = [r.key for r in rows]
        if rows:
            (folder / name).write_bytes(b"".join(r.line() + b"\n" for r in rows))
    for name, content in shop.pictures.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return keys


def read_output(out: Path, keys: dict[str, list[Key]]) -> Output:
    output = Output()

    def key_of(table: str, line: Any) -> Key | None:
        lines = keys[table]
        return lines[int(line) - 1] if line is not None and 0 < int(line) <= len(lines) else None

    for row in _rows([out / "findings.parquet"]):
        line = str(row["row_id"]).rpartition(":")[2]
        key = key_of(row["table"], line) if line.isdigit() else None
        detail = json.loads(row["detail"] or "{}")
        detail = detail if isinstance(detail, dict) else {"detail": detail}
        text = f"{row['row_id']} {row['detail']}"
        output.findings.append(
            Finding(key, row["table"], row["check"], row["action"], detail, text)
        )
    for name, action in (("refused", "quarantine"), ("withheld", "withhold")):
        for row in _rows([out / f"{name}.parquet"]):
            detail = {"field": row["field"], "old": row["value"]}
            key = key_of(row["table"], row["line"])
            output.findings.append(
                Finding(key, row["table"], row["reason"], action, detail, str(row["value"]), True)
            )
    for table, files in (
        (EVENTS, sorted((out / "events").glob("*.parquet"))),
        (PRODUCTS, [out / "products.parquet"]),
    ):
        for row in _rows(files):
            kept = key_of(table, row["line"])
            if kept is not None:
                output.kept[kept] = row
    for finding in output.findings:
        kept_row = output.kept.get(finding.key) if finding.key else None
        finding.action = action_of(finding.action, finding.detail, kept_row)
    return output


def action_of(action: str, detail: dict[str, Any], kept: dict[str, Any] | None = None) -> str:
    """What was done to a row, kept with these values: a "repair" that leaves a value out is a withhold.

    >>> action_of("repair", {"old": "77.00", "new": None}), action_of("repair", {"new": "15 cm"})
    ('withhold', 'repair')
    """
    if action != "repair":
        return action
    if "new" in detail:
        return "withhold" if is_no_value(detail["new"]) else "repair"
    column = detail.get("field")
    is_gone = kept is not None and column in kept and is_no_value(kept[column])
    return "withhold" if is_gone else "repair"


def is_no_value(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _rows(files: Iterable[Path]) -> Iterable[dict[str, Any]]:
    for path in files:
        if path.exists():
            yield from pq.read_table(path).to_pylist()
