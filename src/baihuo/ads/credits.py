"""Clicks to credit back: those that the checks took out of the log as traffic that no shopper made."""

from __future__ import annotations

from baihuo.ads.ledger import InvalidClick, Ledger
from baihuo.engine import Source, Tables, sql_file, sql_text
from baihuo.quality import CHECKS

_INVALID = sql_file(__file__, "credits")


def invalid_clicks(
    tables: Tables, ledger: Ledger, *, findings: Source, raw: Source, clean: Source
) -> list[InvalidClick]:
    """The charged clicks that ``baihuo check`` found fraudulent, double or crawled, for :meth:`Ledger.credit`.

    These are the checks of traffic: bots, floods, coordinated clicks, ads clicked again or never shown. A click whose row went for another
    reason (a damaged field, say) stays charged, and so does one of which another row stayed. The id of a finding is that of ``findings.parquet``: check and row, as in ``bot 0:17``; ``baihuo lineage 0:17`` shows it.

    Args:
        tables: The engine that joins the files.
        findings: ``2-clean/findings.parquet``.
        raw: The events as they came, segments of ``1-raw``: ``import_id``, ``line``, ``event_type``, ``query_id``, ``product_id``.
        clean: The events that stayed, ``2-clean/events``.
    """
    reasons = {check.name: check.why for check in CHECKS if check.step == "traffic"}
    names = ", ".join(sql_text(name) for name in sorted(reasons))
    rows = tables.sql(_INVALID(checks=names), findings=findings, raw=raw, clean=clean).to_pylist()
    charged = ledger.clicks_of_pages(sorted({row["query_id"] for row in rows}))
    return [
        InvalidClick(
            click_id=charged[row["query_id"], row["product_id"]],
            finding_id=f"{row['check']} {row['row_id']}",
            reason=reasons[row["check"]],
        )
        for row in rows
        if (row["query_id"], row["product_id"]) in charged
    ]
