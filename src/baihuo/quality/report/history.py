"""One line for each run in ``history.jsonl``: the report draws its trend from it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from baihuo.engine import written_whole
from baihuo.quality.report.report import QualityReport

NAME = "history.jsonl"
MAX_RUNS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """One run in short."""

    run_id: str
    checked_at_us: int
    verdict: str  # ok, warn, stop: a stopped run is part of the history too
    rules_version: str
    n_in: dict[str, int]  # by table
    n_kept: dict[str, int]
    touched: dict[str, float] = field(default_factory=dict)  # "events.orphans": share, 0 to 1
    sources: tuple[str, ...] = ()  # the raw files' names

    @classmethod
    def of(cls, report: QualityReport, sources: tuple[str, ...] = ()) -> PastRun:
        """A report as one line."""
        tables = ("events", "products")
        return cls(
            run_id=report.run_id,
            checked_at_us=report.checked_at_us,
            verdict=report.verdict,
            rules_version=report.rules_version,
            n_in={t: report.table(t).n_in for t in tables},
            n_kept={t: report.table(t).n_kept for t in tables},
            touched={f"{s.table}.{s.step}": round(s.touched, 6) for s in report.steps},
            sources=sources,
        )


def read_history(clean: Path) -> tuple[PastRun, ...]:
    """The runs of a ``2-clean`` folder, oldest first. Lines that cannot be read are left out."""
    path = clean / NAME
    runs = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            run = json.loads(line)
            runs.append(PastRun(**{**run, "sources": tuple(run.get("sources", ()))}))
        except (ValueError, TypeError, AttributeError):
            continue
    return tuple(runs)


def with_run(runs: tuple[PastRun, ...], run: PastRun) -> tuple[PastRun, ...]:
    """The history with one more run; the same run again (after a kill, or with nothing new) is there once."""
    if runs and runs[-1].run_id == run.run_id:
        runs = runs[:-1]
    return (*runs, run)[-MAX_RUNS:]


def write_history(runs: tuple[PastRun, ...], path: Path) -> None:
    """Replace the file by these runs, whole or not at all."""
    with written_whole(path) as part:
        part.write_text(
            "".join(json.dumps(asdict(run), ensure_ascii=False) + "\n" for run in runs), "utf-8"
        )
