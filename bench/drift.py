"""How good ``drift`` and ``strong_drift`` are: weeks of a simulated shop, some with a column that moved.

    python bench/drift.py --seed 7

Each week is compared with the one before, unchanged (nothing may be found) and with every change of
``CHANGES`` in turn, and no other column may be found with it. A unit or a name that changed must be
found as ``strong_drift``; where the mixture of rows moved, the stability index of both weeks says which of
the two is right, and where it is within a tenth of the border either is. One JSON line a check:
precision and recall by (week, column).
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections import Counter
from collections.abc import Callable
from math import log
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.connect import import_files, segments
from baihuo.core.tables import EVENTS
from baihuo.engine import DuckTables
from baihuo.quality import QualityRules
from baihuo.quality.checks.coverage import checks as coverage
from baihuo.quality.checks.coverage.accepted_batches import AcceptedBatches
from baihuo.quality.checks.coverage.drift import compare_batches
from baihuo.quality.findings import FindingsStore
from baihuo.simulate import make_shop
from suites.shared.measure import emit

STRONG = "strong_drift"
WEEK_US = 7 * 86_400_000_000
Row = dict[str, Any]
Change = Callable[[Row, random.Random], Row]


def _on_app(**cells: Callable[[Any], Any]) -> Change:
    """A release of one platform sends a column in another form."""

    def change(row: Row, rng: random.Random) -> Row:
        is_on = row["platform"] == "app"
        return row | {k: f(row[k]) for k, f in cells.items() if is_on and row[k] is not None}

    return change


def _some(share: float, **cells: Any) -> Change:
    """In a share of the rows a column has another value."""
    return lambda row, rng: row | cells if rng.random() < share else row


CHANGES: dict[str, tuple[str | None, str, Change]] = {
    "prices in another unit": (
        "strong_drift",
        "price_minor",
        _on_app(price_minor=lambda p: p * 100),
    ),
    "dwells in seconds": ("strong_drift", "dwell_ms", _on_app(dwell_ms=lambda ms: ms // 1000)),
    "another name of a platform": ("strong_drift", "platform", _on_app(platform=lambda _: "ios")),
    "more of them on the site": (None, "platform", _some(0.25, platform="web")),
    "more of them from one country": (None, "country", _some(0.15, country="US")),
}
"""Name → the check that must find it (None: as its index says), the column, what becomes of a row."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--products", type=int, default=4_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="baihuo-drift-") as name:
        work, tables = Path(name), DuckTables(threads=2)
        shop = make_shop(
            work / "shop",
            seed=arguments.seed,
            dirt=0,
            n_products=arguments.products,
            n_events=arguments.events,
        )
        import_files([shop.events], raw=work / "raw", tables=tables, mask=lambda column: column)
        rows = [r for f in segments(work / "raw", "events") for r in pq.read_table(f).to_pylist()]
        weeks = _weeks(rows)
        truth, found, excused = set(), set(), set()
        for n in range(1, len(weeks)):
            before = _drifted(tables, work, weeks[n - 1], None)[1]
            for change in (None, *CHANGES):
                batch = weeks[n]
                if change is not None:
                    check, column, make = CHANGES[change]
                    rng = random.Random(arguments.seed)
                    batch = [make(row, rng) for row in batch]
                    index = _index(weeks[n - 1], batch, column)
                    right = check or (
                        STRONG if index >= 0.25 else "drift" if index >= 0.1 else None
                    )
                    if check is None and any(abs(index / at - 1) < 0.1 for at in (0.1, 0.25)):
                        excused |= {(n, change, column, c) for c in ("drift", STRONG)}
                    elif right is not None:
                        truth.add((n, change, column, right))
                moved, _ = _drifted(tables, work, batch, before)
                found |= {(n, change, column, check) for column, check in moved}
    for check in ("drift", STRONG):
        wanted, reported = ({x for x in of if x[3] == check} for of in (truth, found - excused))
        emit(
            data="simulated",
            check=check,
            precision=len(wanted & reported) / max(len(reported), 1),
            recall=len(wanted & reported) / max(len(wanted), 1),
            n_planted=len(wanted),
            n_found=len(reported),
            asked=0.9,
            n_steady=len(weeks) - 1,
            wrong=sorted({f"{c or 'steady'}: {column}" for _, c, column, _ in reported - wanted}),
        )


def _index(before: list[Row], now: list[Row], column: str) -> float:
    """The population stability index of a column of words; 0.5 stands for a value that one side lacks."""
    then, here = (Counter(r[column] for r in rows) for rows in (before, now))
    shares = [((then[v] or 0.5) / len(before), (here[v] or 0.5) / len(now)) for v in then | here]
    return sum((q - p) * log(q / p) for p, q in shares)


def _weeks(rows: list[Row]) -> list[list[Row]]:
    """Whole weeks by when we received them; the last, which is cut short, is left out."""
    start_us = min(r["received_at_us"] for r in rows)
    weeks: dict[int, list[Row]] = {}
    for row in rows:
        weeks.setdefault((row["received_at_us"] - start_us) // WEEK_US, []).append(row)
    return [weeks[n] for n in sorted(weeks)][:-1]


def _drifted(
    tables: DuckTables, work: Path, batch: list[Row], before: AcceptedBatches | None
) -> tuple[set[tuple[str, str]], AcceptedBatches | None]:
    """(column, check) of what moved, and the batch as it is kept."""
    path = work / "batch.parquet"
    pq.write_table(pa.Table.from_pylist(batch, EVENTS), path)
    ledger = FindingsStore(tables, "events", path, work)
    rows, _, now = compare_batches(ledger, QualityRules().section(coverage.STEP), before)
    return {(json.loads(r["detail"])["column"], r["rule"]) for r in rows}, now


if __name__ == "__main__":
    main()
