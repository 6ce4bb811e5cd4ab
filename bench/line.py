"""Import → clean → features, ours beside a DuckDB script written by hand; one JSON line a system and size.

Both read the same generated CSV (``_line_data.py``), check it, clean it by the same six checks and build the
same point-in-time features for a tenth of the impressions, each in a process of its own, in turns. ``cpu_s``
is user + system time of that process, the median of ``--repeats``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from _bench import Clock, emit, peak_mb

SYSTEMS = ("baihuo", "by_hand")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", default="100000,1000000,5000000", help="sizes, comma-separated")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=1, help="turns of A B; the median is told")
    parser.add_argument("--memory-mb", type=int, default=2048, help="what tables may take")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    parser.add_argument("--check", action="store_true", help="compare the features of both, too")
    parser.add_argument("--one", choices=SYSTEMS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        _one(given.one, given.folder, memory_mb=given.memory_mb, threads=given.threads)
        return
    for n_events in (int(float(n)) for n in given.events.split(",")):
        with tempfile.TemporaryDirectory(prefix="line-", dir=given.folder) as name:
            folder = Path(name)
            _in_child(_make_command(folder, n_events, given.seed))
            _compare(folder, n_events, given)


def _compare(folder: Path, n_events: int, given: argparse.Namespace) -> None:
    runs: dict[str, list[dict[str, float]]] = {system: [] for system in SYSTEMS}
    for _ in range(given.repeats):
        for system in SYSTEMS:
            print(f"{n_events:,} events: {system}", file=sys.stderr)
            command = [sys.executable, __file__, "--one", system, "--folder", str(folder)]
            command += ["--memory-mb", str(given.memory_mb), "--threads", str(given.threads)]
            runs[system].append(json.loads(_in_child(command)))
    if given.check:
        _same_features(folder)
    for system, results in runs.items():
        middle = {name: statistics.median(r[name] for r in results) for name in results[0]}
        emit(system=system, events=n_events, **middle)


def _make_command(folder: Path, n_events: int, seed: int) -> list[str]:
    script = f"from _line_data import make; from pathlib import Path; make(Path({str(folder)!r}), n_events={n_events}, seed={seed})"
    return [sys.executable, "-c", script]


def _in_child(command: list[str]) -> str:
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent
    ).stdout


def _one(system: str, folder: Path, *, memory_mb: int, threads: int) -> None:
    import shutil

    out = folder / system
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    run = _baihuo if system == "baihuo" else _by_hand
    stages = run(folder, out, memory_mb, threads)
    total = {k: sum(stage[k] for stage in stages.values()) for k in ("cpu_s", "wall_s")}
    emit(**total, peak_mb=peak_mb(), **{f"{name}_cpu_s": s["cpu_s"] for name, s in stages.items()})


def _baihuo(folder: Path, out: Path, memory_mb: int, threads: int) -> dict[str, dict[str, float]]:
    with Clock() as imports:
        from baihuo.connect import import_files, segments
        from baihuo.engine import DuckTables
        from baihuo.features import compute, default_features
        from baihuo.privacy import column_mask
        from baihuo.quality import QualityRules, clean

        tables = DuckTables(memory_mb=memory_mb, threads=threads, spill_dir=out / "spill")
        raw = out / "1-raw"
        files = [folder / "products.csv", folder / "events.csv"]
        import_files(
            files, raw=raw, tables=tables, mask=column_mask(b"a key of thirty-two bytes or so..")
        )
    with Clock() as cleans:
        clean(
            tables, events=segments(raw, "events"), products=segments(raw, "products"),
            out=out / "2-clean", rules=QualityRules(),
        )  # fmt: skip
    with Clock() as builds:
        examples = out / "examples.parquet"
        tables.sql(_EXAMPLES, out=examples, events=out / "2-clean" / "events.parquet")
        compute(
            tables, default_features(), events=out / "2-clean" / "events.parquet",
            products=out / "2-clean" / "products.parquet", examples=examples, out=out / "features.parquet",
        )  # fmt: skip
    return _stages(imports, cleans, builds)


_EXAMPLES = """
    SELECT line AS example_id, visitor_id, product_id, query_text, received_at_us AS at_us
    FROM events WHERE event_type = 'impression' AND line % 10 = 0 ORDER BY line"""


def _by_hand(folder: Path, out: Path, memory_mb: int, threads: int) -> dict[str, dict[str, float]]:
    with Clock() as start:
        import _line_by_hand as hand

        db = hand.connect(out, memory_mb=memory_mb, threads=threads)
        hand.take_in(db, folder / "events.csv", folder / "products.csv", out)
    with Clock() as cleans:
        hand.clean(db, out)
    with Clock() as builds:
        hand.features(db, out)
    return _stages(start, cleans, builds)


def _stages(*clocks: Clock) -> dict[str, dict[str, float]]:
    names = ("import", "clean", "features")
    return {n: {"cpu_s": c.cpu_s, "wall_s": c.wall_s} for n, c in zip(names, clocks, strict=True)}


def _same_features(folder: Path) -> None:
    """Equal work: both built the same rows and columns with the same numbers, else say where not."""
    import numpy as np
    import pyarrow.parquet as pq

    ours, theirs = (
        pq.read_table(folder / system / "features.parquet").sort_by("example_id")
        for system in SYSTEMS
    )
    n_common = len(set(ours["example_id"].to_pylist()) & set(theirs["example_id"].to_pylist()))
    print(
        f"examples: {ours.num_rows:,} and {theirs.num_rows:,}, {n_common:,} common", file=sys.stderr
    )
    if set(ours.column_names) != set(theirs.column_names):
        print(
            f"columns differ: {set(ours.column_names) ^ set(theirs.column_names)}", file=sys.stderr
        )
    if ours.num_rows != n_common or theirs.num_rows != n_common:
        return
    for name in ours.column_names[1:]:
        a, b = ours[name].to_numpy(), theirs[name].to_numpy()
        n_off = int((~np.isclose(a, b, rtol=1e-3, atol=1e-4)).sum())
        if n_off:
            print(f"  {name}: {n_off:,} of {n_common:,} values differ", file=sys.stderr)


if __name__ == "__main__":
    main()
