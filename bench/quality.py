"""How good the checks are: dirt of known kinds is planted in clean rows, and every check is marked.

    python bench/quality.py --seed 7                                   # the simulated shop
    python bench/quality.py --seed 7 --data ../shared/data/icecat      # real products beside it

Every plant of ``baihuo.simulate.plants`` soils the same rows, so several kinds may meet in one row. One
JSON line a check: precision and recall by (row, check). A finding on a row where nobody planted
anything counts against the check. The first line is the share of rows touched (quarantined, merged or
repaired) before anything was planted.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from _bench import Clock, emit, peak_mb
from baihuo import connect, privacy, quality
from baihuo.core.tables import EVENTS, PRODUCTS
from baihuo.engine import DuckTables
from baihuo.simulate import make_shop, plants
from baihuo.simulate.planting import Bed, Plant, Row

SHOP_IMPORT = 1  # the number that planted rows carry as import_id
BARS = {True: 0.99, False: 0.9}  # of certain checks, of statistical ones
SCHEMAS = {"events": EVENTS, "products": PRODUCTS}


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument("--seed", type=int, default=7)
    ask.add_argument("--events", type=int, default=120_000)
    ask.add_argument("--products", type=int, default=4_000)
    ask.add_argument("--each", type=int, default=60, help="rows (or groups) soiled by each plant")
    ask.add_argument(
        "--data", type=Path, help="real files (any that import reads) to plant in, too"
    )
    ask.add_argument("--areas", help="only these modules of simulate.plants, with commas")
    ask.add_argument("--missed", action="store_true", help="print the rows that were got wrong")
    given = ask.parse_args()
    chosen = list(all_plants(given.areas))
    with tempfile.TemporaryDirectory(prefix="baihuo-bench-") as folder:
        work = Path(folder)
        shop = make_shop(
            work / "shop", seed=given.seed, n_products=given.products, n_events=given.events, dirt=0
        )
        files = [shop.products, shop.events]
        for name, parts in (("simulated", files), ("real", [given.data] if given.data else [])):
            if parts:
                exam(name, parts, chosen, work / name, given, pictures=shop.pictures.parent)


def all_plants(areas: str | None) -> Iterator[Plant]:
    """The plants of all areas, or of those named; last what leaves no sense in a cell."""
    names = [module.name for module in pkgutil.iter_modules(plants.__path__)]
    wanted = set(names) if areas is None else set(areas.split(","))
    late = {"people": 1, "basic": 2}  # others copy whole rows, these break or mark what is in them
    for name in sorted(names, key=lambda n: (late.get(n, 0), n)):
        if name in wanted:
            yield from importlib.import_module(f"baihuo.simulate.plants.{name}").PLANTS


def exam(
    name: str, files: list[Path], chosen: list[Plant], work: Path, given: argparse.Namespace,
    *, pictures: Path,
) -> None:  # fmt: skip
    """Clean as it is, then with everything planted, and mark every check."""
    tables = DuckTables(spill_dir=work / "spill")
    connect.import_files(
        connect.data_files(files),
        raw=work / "raw",
        tables=tables,
        mask=privacy.column_mask(b"an exam"),
    )
    rows = {t: _rows(connect.segments(work / "raw", t), t) for t in ("events", "products")}
    now_us = max((r["received_at_us"] for r in rows["events"]), default=1_760_000_000_000_000)
    before = _clean(rows, work / "before", tables, now_us, pictures)
    n_rows = sum(map(len, rows.values()))
    touched = {(t, line) for t, line, check, action in before if action != "note"}
    emit(data=name, clean_rows=n_rows, touched=len(touched) / n_rows, allowed=0.001,
         notes=len({(t, line) for t, line, _, action in before if action == "note"}))  # fmt: skip
    for check, n in sorted(_count(c for _, _, c, _ in before).items()):
        emit(data=name, clean_rows=n_rows, check=check, found_on_clean=n)
    bed = Bed(rows["events"], rows["products"], random.Random(given.seed))
    kinds = {}
    for plant in chosen:
        kinds |= {check: plant.is_certain and kinds.get(check, True) for check in plant.checks}
        plant.sow(bed, given.each)
    with Clock() as clock:
        found = _clean(rows, work / "after", tables, now_us, pictures)
    lines = {id(row): (t, row["line"]) for t in rows for row in rows[t]}
    truth, excused = defaultdict(set), defaultdict(set)
    for said, into in ((bed.truth, truth), (bed.excused, excused)):
        for _, row, check in said:
            into[check].add(lines[id(row)])
    by_check, gone = defaultdict(set), set()
    for table, line, check, action in found:
        by_check[check].add((table, line))
        if action in ("quarantine", "merge") and (table, line) in truth[check]:
            gone.add((table, line))
    _follow(gone, rows, excused)
    for check in sorted(kinds):
        got = by_check[check]
        # What one step rightly takes out the next never sees: nobody asks it about that row.
        wanted = {row for row in truth[check] if row in got or row not in gone}
        right, wrong = got & wanted, got - wanted - excused[check]
        precision = len(right) / max(len(right) + len(wrong), 1)
        recall = len(right) / max(len(wanted), 1)
        bar = BARS[kinds[check]]
        emit(data=name, check=check, precision=precision, recall=recall, n_planted=len(wanted),
             n_found=len(got), asked=bar, is_met=bool(wanted) and min(precision, recall) >= bar)  # fmt: skip
        if given.missed:
            _tell(check, rows, wanted - got, wrong)
    emit(data=name, cpu_s=clock.cpu_s, wall_s=clock.wall_s, peak_mb=peak_mb(),
         planted=len(bed.truth), rows=sum(map(len, rows.values())))  # fmt: skip


def _follow(
    gone: set[tuple[str, int]], rows: dict[str, list[Row]], excused: dict[str, set[tuple[str, int]]]
) -> None:
    """Events of a product that rightly left are of no product; cancels of a purchase that did, of none."""
    products = {r["product_id"] for r in rows["products"] if ("products", r["line"]) in gone}
    there = {r["product_id"] for r in rows["products"] if ("products", r["line"]) not in gone}
    lost = products - there
    bought = {
        (r["visitor_id"], r["product_id"]) for r in rows["events"] if ("events", r["line"]) in gone
    }
    for row in rows["events"]:
        if row["product_id"] in lost:
            excused["unknown_product"].add(("events", row["line"]))
        if (row["visitor_id"], row["product_id"]) in bought:
            for check in ("cancel_without_purchase", "purchase_before_view"):
                excused[check].add(("events", row["line"]))


def _rows(files: list[Path], table: str) -> list[Row]:
    if not files:
        return []
    read = pa.concat_tables([pq.read_table(f) for f in files], promote_options="default")
    return [
        {k: v for k, v in row.items() if k not in ("import_id", "line")}
        for row in read.select(SCHEMAS[table].names).to_pylist()
    ]


def _clean(
    rows: dict[str, list[Row]], out: Path, tables: DuckTables, now_us: int, pictures: Path
) -> list[tuple[str, int, str, str]]:
    """Findings as (table, line, check, action); rows get their line numbers here."""
    out.mkdir(parents=True)
    rows["events"].sort(key=lambda r: r["received_at_us"])
    for table, its in rows.items():
        for line, row in enumerate(its, start=1):
            row["import_id"], row["line"] = SHOP_IMPORT, line
        pq.write_table(pa.Table.from_pylist(its, SCHEMAS[table]), out / f"raw_{table}.parquet")
    quality.clean(
        tables, events=[out / "raw_events.parquet"] if rows["events"] else [],
        products=[out / "raw_products.parquet"] if rows["products"] else [],
        out=out, rules=quality.QualityRules(), now_us=now_us, pictures=pictures,
    )  # fmt: skip
    read = pq.read_table(out / "findings.parquet").to_pylist()
    return [(f["table"], int(f["row_id"].split(":")[1]), f["check"], f["action"]) for f in read]


def _count(names: Iterator[str]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for name in names:
        counts[name] += 1
    return counts


def _tell(check: str, rows: dict[str, list[Row]], missed: set[Any], wrong: set[Any]) -> None:
    for what, its in (("missed", missed), ("wrong", wrong)):
        for table, line in sorted(its)[:4]:
            row = {k: v for k, v in rows[table][line - 1].items() if v not in (None, [], "")}
            print(f"    {check} {what}: {str(row)[:600]}")


if __name__ == "__main__":
    main()
