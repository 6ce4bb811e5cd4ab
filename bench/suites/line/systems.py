"""The systems that are compared. Each imports its libraries inside the time of its first stage."""

from __future__ import annotations

from pathlib import Path

from suites.shared.measure import Clock

Result = dict[str, float]


def run_baihuo(folder: Path, out: Path, memory_mb: int, threads: int) -> dict[str, Result]:
    with Clock() as imports:
        from baihuo.connect import import_files, segments
        from baihuo.core import EVENTS_FOLDER, ShopPaths
        from baihuo.engine import DuckTables
        from baihuo.features import compute, default_features
        from baihuo.privacy import column_mask
        from baihuo.quality import QualityRules, clean

        tables = DuckTables(memory_mb=memory_mb, threads=threads, spill_dir=out / "spill")
        paths = ShopPaths(out)
        files = [folder / "products.csv", folder / "events.csv"]
        import_files(
            files,
            raw=paths.raw,
            tables=tables,
            mask=column_mask(b"a key of thirty-two bytes or so.."),
        )
    with Clock() as cleans:
        clean(
            tables,
            events=segments(paths.raw, "events"),
            products=segments(paths.raw, "products"),
            out=paths.clean,
            rules=QualityRules(),
        )
    with Clock() as builds:
        examples = out / "examples.parquet"
        events = paths.clean / EVENTS_FOLDER
        tables.sql(_EXAMPLES, out=examples, events=events)
        compute(
            tables,
            default_features(),
            events=events,
            products=paths.clean / "products.parquet",
            examples=examples,
            out=out / "features.parquet",
        )
    return _stages(imports, cleans, builds)


_EXAMPLES = """
    SELECT line AS example_id, visitor_id, product_id, query_text, received_at_us AS at_us
    FROM events WHERE event_type = 'impression' AND line % 10 = 0 ORDER BY line"""


def run_by_hand(folder: Path, out: Path, memory_mb: int, threads: int) -> dict[str, Result]:
    with Clock() as start:
        from suites.line.by_hand import checks, features, script

        db = script.connect(out, memory_mb=memory_mb, threads=threads)
        script.import_files(db, folder / "events.csv", folder / "products.csv", out)
    with Clock() as cleans:
        checks.clean(db, out)
    with Clock() as builds:
        features.features(db, out)
    return _stages(start, cleans, builds)


def _stages(*clocks: Clock) -> dict[str, Result]:
    names = ("import", "clean", "features")
    return {n: {"cpu_s": c.cpu_s, "wall_s": c.wall_s} for n, c in zip(names, clocks, strict=True)}
