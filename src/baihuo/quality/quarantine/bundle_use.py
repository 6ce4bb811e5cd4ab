"""Which bundles learned from a row, as far as it can be known."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from baihuo.connect import ImportRecord
from baihuo.quality.report.history import PastRun
from baihuo.quality.report.report import QualityReport


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleUse:
    """One bundle, and whether it learned from this row."""

    bundle_id: str
    used: str  # yes, no, unknown
    why: str


def bundle_runs(bundles: Path | None) -> list[tuple[str, str]]:
    """Each bundle with the run of the checks whose tables it learned from; "" where it names none."""
    runs = []
    for path in sorted(bundles.glob("*/report.json")) if bundles and bundles.exists() else ():
        try:
            quality = json.loads(path.read_text(encoding="utf-8")).get("quality", {})
        except (ValueError, AttributeError):
            continue
        runs.append((path.parent.name, str(quality.get("run_id", ""))))
    return runs


def bundle_uses(
    state: str,
    record: ImportRecord | None,
    report: QualityReport | None,
    past_runs: Mapping[str, PastRun],
    bundles: Sequence[tuple[str, str]],
) -> tuple[BundleUse, ...]:
    """What can be known: the tables of earlier runs are gone, their lists of files are not.

    Args:
        state: of the row in the present tables: clean, quarantined, …
        record: the import that the row came by.
        report: of the last run.
        past_runs: run id → run.
        bundles: as :func:`bundle_runs` lists them.
    """
    uses = []
    for bundle_id, run_id in bundles:
        used, why = "unknown", "the bundle does not say which run of the checks it learned from"
        if report is not None and run_id == report.run_id:
            used = "yes" if state == "clean" else "no"
            why = f"it learned from the present clean tables, where this row is {state}"
        elif run_id in past_runs:
            name = f"{record.import_id:06d}.parquet" if record else ""
            if record and name not in past_runs[run_id].sources:
                used, why = "no", f"its run of the checks ({run_id}) came before this import"
            else:
                why = f"its run of the checks ({run_id}) had this file; what became of the row then is not kept"
        elif run_id:
            why = f"its run of the checks ({run_id}) is not in the history"
        uses.append(BundleUse(bundle_id=bundle_id, used=used, why=why))
    return tuple(uses)
