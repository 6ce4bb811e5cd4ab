"""The systems that are compared. Each imports its libraries inside the time of its first stage."""

from __future__ import annotations

from pathlib import Path

from suites.line.rules import write_quality_yaml
from suites.shared.measure import Clock, cpu_s

Result = dict[str, float]
STEP = "step "
"""Before the name of a step in a result: CPU seconds of its checks."""


class Steps:
    """A progress that counts the CPU seconds of each step of clean."""

    def __init__(self) -> None:
        self.cpu_s: Result = {}
        self._at = "start"
        self._since_s = cpu_s()

    def __call__(self, what: str, _done: int, _of: int) -> None:
        now_s = cpu_s()
        self.cpu_s[self._at] = self.cpu_s.get(self._at, 0.0) + now_s - self._since_s
        # "events: schema" is a step; "events" alone comes when all are done and the table is written
        self._at, self._since_s = what if ": " in what else f"{what}: tables", now_s


def run_baihuo(
    folder: Path, out: Path, memory_mb: int, threads: int, rules: str = "all"
) -> dict[str, Result]:
    with Clock() as imports:
        from baihuo.connect import import_files, segments
        from baihuo.core import EVENTS_FOLDER, ShopPaths
        from baihuo.engine import DuckTables
        from baihuo.features import compute, default_features
        from baihuo.privacy import column_mask
        from baihuo.quality import clean, load_rules

        tables = DuckTables(memory_mb=memory_mb, threads=threads, spill_dir=out / "spill")
        paths = ShopPaths(out)
        files = [folder / "products.csv", folder / "events.csv"]
        import_files(
            files,
            raw=paths.raw,
            tables=tables,
            mask=column_mask(b"a key of thirty-two bytes or so.."),
        )
    steps = Steps()
    with Clock() as cleans:
        clean(
            tables,
            events=segments(paths.raw, "events"),
            products=segments(paths.raw, "products"),
            out=paths.clean,
            rules=load_rules(write_quality_yaml(rules, out / "quality.yaml")),
            progress=steps,
        )
        steps("end", 1, 1)
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
    stages = _stages(imports, cleans, builds)
    stages["clean"] |= {f"{STEP}{name}": seconds for name, seconds in steps.cpu_s.items()}
    return stages


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
