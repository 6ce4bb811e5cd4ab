"""``profile.json``: the last batch that was accepted, and the one before it.

Both are kept so that checking the same batch twice tells the same: it is held against the one before.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baihuo.engine import written_whole
from baihuo.quality.checks.coverage.profile import compact, counted, moved
from baihuo.quality.engine.findings import FindingsStore

if TYPE_CHECKING:
    from baihuo.quality.checks.coverage.settings import CoverageRules

SCHEMA_VERSION = 1
_DAY_US = 86_400_000_000
_COLUMNS = (
    "event_type",
    "visitor_id",
    "occurred_at_us",
    "received_at_us",
    "platform",
    "device",
    "country",
    "surface",
    "currency",
    "position",
    "price_minor",
    "quantity",
    "dwell_ms",
    "rating",
)
# a fixed, well-mixed tenth (or whatever share) of the rows, whatever the order they are read in
_MIXED = "(xor(m, m >> 15) * 739982445) % 4294967296"
_KEY = "(line * 2654435761 + import_id * 40503) % 4294967296"

Batch = dict[str, Any]
"""``from_us``, ``until_us`` (when we received it), ``rows``, ``visitors`` (of the sample), ``words``, ``numbers``."""


@dataclass(frozen=True, slots=True)
class AcceptedBatches:
    """The last accepted batch, and the one it was held against."""

    last: Batch
    before: Batch | None = None

    @classmethod
    def load(cls, path: Path) -> AcceptedBatches | None:
        """What is there; None where nothing is, or nothing that this version wrote."""
        try:
            body = json.loads(path.read_bytes())
            if body["schema_version"] != SCHEMA_VERSION:
                return None
            return cls(body["last"], body["before"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, path: Path) -> None:
        body = {"schema_version": SCHEMA_VERSION, "last": self.last, "before": self.before}
        with written_whole(path) as part:
            part.write_text(json.dumps(body, ensure_ascii=False) + "\n", encoding="utf-8")


def drifted(
    findings: FindingsStore, settings: CoverageRules, before: AcceptedBatches | None
) -> tuple[list[dict[str, Any]], tuple[str, ...], AcceptedBatches | None]:
    """Findings of the newest batch, what could not be compared and why, and what to keep.

    The newest batch is what we received after the last accepted one; where nothing is newer, that
    batch itself, again.
    """
    everything = _span(findings, None)
    until_us = everything["until_us"]
    if until_us is None:
        return [], (), before
    against = None
    if before is not None:
        against = before.last if until_us > before.last["until_us"] else before.before
    if against is not None and until_us <= against["until_us"]:
        against = None  # an older log than both
    span = _span(findings, against["until_us"]) if against else everything
    days = (span["until_us"] - span["from_us"]) / _DAY_US
    is_fair = span["n"] >= settings.min_batch_rows and days >= settings.min_batch_days
    if against is not None and not is_fair:
        why = f"drift: {span['n']:,} events of {days:.1f} days are new since the last accepted batch, too few to compare"
        return [], (why,), before
    batch, columns = _batch(findings, settings, span, against["until_us"] if against else None)
    if against is None:
        return [], (), AcceptedBatches(batch) if is_fair else None
    rows = []
    for m in moved(against, columns, against["visitors"], batch["visitors"]):
        is_strong = m.psi >= max(settings.psi_strong, m.psi_noise) or (
            m.ks is not None and m.ks >= max(settings.ks_strong, m.ks_noise)
        )
        is_noted = m.psi >= max(settings.psi_note, m.psi_noise) or (
            m.ks is not None and m.ks >= max(settings.ks_note, m.ks_noise)
        )
        if is_strong or is_noted:
            detail = {"column": m.column, "psi": round(m.psi, 4)} | (
                {} if m.ks is None else {"ks": round(m.ks, 4)}
            )
            rows.append(
                {
                    "import_id": span["first"]["import_id"],
                    "line": span["first"]["line"],
                    "rule": "strong_drift" if is_strong else "drift",
                    "action": "note",
                    "field": None,
                    "new": None,
                    "detail": json.dumps(detail),
                }
            )
    return rows, (), AcceptedBatches(batch, against)


def _span(findings: FindingsStore, after_us: int | None) -> dict[str, Any]:
    """How many rows we received after a time, from when until when, and the first of them."""
    newer = "" if after_us is None else f"WHERE received_at_us > {after_us}"
    answer: dict[str, Any] = findings.tables.sql(
        "SELECT count(*) AS n, min(received_at_us) AS from_us, max(received_at_us) AS until_us, "
        "min(struct_pack(received_at_us := received_at_us, import_id := import_id, line := line)) AS first "
        f"FROM {findings.rows('received_at_us')} {newer}",
        out=None,
        **findings.inputs(),
    ).to_pylist()[0]
    return answer


def _batch(
    findings: FindingsStore, settings: CoverageRules, span: dict[str, Any], after_us: int | None
) -> tuple[Batch, dict[str, Any]]:
    """The batch as it is kept, and its columns counted."""
    share = min(1.0, settings.sample_rows / max(span["n"], 1))
    newer = "true" if after_us is None else f"received_at_us > {after_us}"
    sample = findings.work / "coverage_sample.parquet"
    findings.tables.sql(
        f"SELECT * EXCLUDE (m), (occurred_at_us // 3600000000) % 24 AS hour "
        f"FROM (SELECT *, {_KEY} AS m FROM {findings.rows(*_COLUMNS)} WHERE {newer}) "
        f"WHERE {_MIXED} < {int(share * 2**32)}",
        out=sample,
        **findings.inputs(),
    )
    n_visitors = findings.tables.sql(
        "SELECT count(DISTINCT visitor_id) AS n FROM sample", sample=sample
    )["n"][0].as_py()
    columns = counted(findings.tables, sample)
    batch = {
        "from_us": span["from_us"],
        "until_us": span["until_us"],
        "rows": span["n"],
        "visitors": n_visitors,
        **compact(columns),
    }
    return batch, columns
