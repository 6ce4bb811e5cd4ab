"""What one new day costs: a log checked at once, then with its last day new, then with one late event.

    python bench/incremental.py --events 2000000 --rows 250000

The CSV of ``line.py`` is cut before the last of its 90 days. One JSON line each: CPU seconds of ``quality.clean`` and
how many ranges of days it opened; last, whether both ways have equal findings.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from baihuo.connect import import_files, segments
from baihuo.engine import DuckTables
from baihuo.privacy import column_mask
from baihuo.quality import CleanOptions, QualityReport, QualityRules, clean
from suites.line.generator import make
from suites.shared.measure import Clock, emit, peak_mb

KEY = b"a key of thirty-two bytes or so.."


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument(
        "--rows", type=int, default=250_000, help="events in a range of days, roughly"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="incremental-") as name:
        folder = Path(name)
        make(folder, n_events=arguments.events, seed=arguments.seed)
        _cut(folder)
        tables = DuckTables(threads=arguments.threads, spill_dir=folder / "spill")
        raw, out = folder / "raw", folder / "out"

        def import_file(file: str) -> None:
            import_files([folder / file], raw=raw, tables=tables, mask=column_mask(KEY))

        def check(what: str, to: Path = out) -> QualityReport:
            opened: set[str] = set()
            with Clock() as clock:
                report = clean(
                    tables,
                    events=segments(raw, "events"),
                    products=segments(raw, "products"),
                    out=to,
                    rules=QualityRules(),
                    options=CleanOptions(partition_rows=arguments.rows),
                    progress=_collecting(opened),
                )
            n_ranges = len(list((to / "events").iterdir()))
            emit(
                what=what,
                events=report.table("events").n_in,
                ranges=n_ranges,
                opened=len(opened),
                cpu_s=clock.cpu_s,
                wall_s=clock.wall_s,
                peak_mb=peak_mb(),
            )
            return report

        import_file("products.csv")
        import_file("before.csv")
        check("everything but the last day")
        import_file("newest.csv")
        check("the last day is new")
        import_file("late.csv")
        check("one late event")
        check("nothing is new")
        check("all at once", folder / "once")
        emit(is_equal_to_all_at_once=_found(out) == _found(folder / "once"))


def _cut(folder: Path) -> None:
    """``events.csv`` as what came before its last day, that day, and one event that came late."""
    rows = f"read_csv('{folder / 'events.csv'}', all_varchar = true)"
    first = f"(SELECT min(event_id) FROM {rows} WHERE event_type = 'click')"
    at = "CAST(received_at AS TIMESTAMPTZ)"
    last = f"(SELECT quantile_disc({at}, 1 - 1 / 90) FROM {rows})"
    for name, which in (
        ("before", f"{at} < {last} AND event_id <> {first}"),
        ("newest", f"{at} >= {last} AND event_id <> {first}"),
        ("late", f"event_id = {first}"),
    ):
        duckdb.execute(
            f"COPY (SELECT * FROM {rows} WHERE {which}) TO '{folder / name}.csv' (HEADER)"
        )


def _collecting(opened: set[str]) -> Callable[[str, int, int], None]:
    def report(what: str, n_done: int, n_total: int) -> None:
        if what.startswith("events from") and n_done == n_total:
            opened.add(what.split()[2])

    return report


def _found(out: Path) -> list[tuple[str, str, str, str]]:
    rows = pq.read_table(out / "findings.parquet", columns=["table", "row_id", "check", "action"])
    kept = [r for r in rows.to_pylist() if r["check"] not in ("drift", "strong_drift")]
    return sorted((r["table"], r["row_id"], r["check"], r["action"]) for r in kept)


if __name__ == "__main__":
    main()
