"""The product's own line, run as a user runs it: files in, `baihuo check`, files out."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from baihuo.core import ShopError
from baihuo.dirt import EVENTS, PRODUCTS, Key, Row, Shop

FILES = {EVENTS: "events.jsonl", PRODUCTS: "products.jsonl"}
SECONDS = 1200  # for one run; a check that does not end is a failure, not a wait


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
class Output:
    """What the product wrote: findings, and the rows it kept."""

    findings: list[Finding] = field(default_factory=list)
    kept: dict[Key, dict[str, Any]] = field(default_factory=dict)
    exit_code: int = 0


def run_line(shop: Shop, folder: Path) -> Output:
    """Write the shop's files, check them, and read the results.

    Raises:
        ShopError: The run ended without results.
    """
    keys = write_files(shop, folder)
    out = folder / "out"
    command = [sys.executable, "-m", "baihuo", "check", "--out", str(out)]
    for table, name in FILES.items():
        if keys[table]:
            command += [f"--{table}", str(folder / name)]
    if shop.pictures:
        command += ["--pictures", str(folder)]
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    if not (out / "findings.parquet").exists():
        said = done.stderr.decode("utf-8", "replace")[-2000:]
        raise ShopError(
            f"the check of the exam's files ended without results (exit code {done.returncode}): {said}",
            fix="run `baihuo check` on your own files; what ends that run ends this one",
        )
    output = read_output(out, keys)
    output.exit_code = done.returncode
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
