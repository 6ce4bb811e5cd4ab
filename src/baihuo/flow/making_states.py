"""The state that serving starts from, made of the clean rows."""

from __future__ import annotations

from pathlib import Path

from baihuo import connect, quality
from baihuo.core import NotFound, Progress, no_progress, now_us
from baihuo.features import FeatureSet, LastCheck, snapshot, state_folder
from baihuo.flow.resources import engine, served_features
from baihuo.settings import Shop


def make_state(
    shop: Shop, features: FeatureSet | None = None, *, progress: Progress = no_progress
) -> Path:
    """features: the state of every product and visitor as of now, for serving.

    Raises:
        NotFound: nothing is clean yet.
    """
    if not shop.clean_products.exists():
        fix = "import data and check it: baihuo import FILES; baihuo check"
        raise NotFound(f"no clean products at {shop.clean_products}", fix=fix)
    features = features or served_features(shop)
    out = state_folder(shop.features, features)
    snapshot(
        engine(shop),
        features,
        events=shop.clean_events,
        products=shop.clean_products,
        at_us=now_us(),
        out=out,
        checked=LastCheck(_newest_row_taken_out(shop), decided_on_rows(shop)),
        progress=progress,
    )
    return out


def decided_on_rows(shop: Shop) -> str:
    """What people and rules decided about events by the last check: the rules, and the newest rows that were sent back in."""
    if not shop.quality_report.exists():
        return ""
    report = quality.QualityReport.load(shop.quality_report)
    seen = {file.import_id for file in report.files}
    sent = [
        record.import_id
        for record in connect.imports(shop.raw)
        if record.kind == "events" and record.import_id in seen and record.options.get("origin")
    ]
    return f"rules {report.rules_version}, rows of import {max(sent, default=0)}"


def _newest_row_taken_out(shop: Shop) -> int:
    """The newest row of the live log that a check put in quarantine or merged; 0 where there is none."""
    findings = shop.clean / "findings.parquet"
    if not findings.exists():
        return 0
    newest = """SELECT max(CAST(split_part(row_id, ':', 2) AS BIGINT)) AS seq FROM findings
        WHERE "table" = 'events' AND row_id LIKE '0:%' AND action IN ('quarantine', 'merge')"""
    seq: int | None = engine(shop).sql(newest, out=None, findings=findings).to_pylist()[0]["seq"]
    return seq or 0
