"""What the statements of this step share: the rows they read, and thresholds in microseconds."""

from __future__ import annotations

from pathlib import Path

from baihuo.quality.checks.labels.settings import LabelsRules
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import CheckContext

COLUMNS = tuple(
    "event_type visitor_id session_id query_id product_id order_id surface platform position "
    "occurred_at_us received_at_us rating quantity dwell_ms country language device query_text propensity".split()
)


def parameters(
    findings: FindingsStore, settings: LabelsRules, context: CheckContext
) -> dict[str, str | int | float]:
    """Values of the parameters of this step's SQL files."""
    return {
        "rows": findings.rows(*COLUMNS),
        "window_us": int(settings.attribution_minutes * 60e6),
        "late_us": int(settings.late_minutes * 60e6),
        "visit_us": int(settings.visit_minutes * 60e6),
        "slack_us": context.tolerance_ms * 1000,
        "review_us": int(settings.review_days * 86_400e6),
        "rating_gap": settings.rating_gap,
        "min_share": settings.min_share,
        "layout_share": settings.layout_share,
        "min_pages": settings.min_pages,
    }


def work_file(findings: FindingsStore, name: str) -> Path:
    """An intermediate file of this step; later rounds read those of earlier ones."""
    return findings.work / f"labels_{name}.parquet"
