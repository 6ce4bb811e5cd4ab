"""What the stages read from the shop's logs: events, served pages, judgements."""

from __future__ import annotations

from pathlib import Path

from baihuo import labels
from baihuo.events import EventLog, JudgementLog, ServedLog
from baihuo.settings import Shop


def seal_log(shop: Shop) -> None:
    """events: turn the live log into a segment beside the imports."""
    if shop.log.exists():
        log = EventLog(shop.log)
        try:
            log.seal(shop.raw / "events")
        finally:
            log.close()


def served_pages(shop: Shop) -> Path | None:
    """The served pages, with the features they were ranked by, as Parquet; None before the first page."""
    if not shop.served_log.exists():
        return None
    log = ServedLog(shop.served_log)
    try:
        out = shop.served / "served.parquet"
        return out if log.to_parquet(out) else None
    finally:
        log.close()


def consensus_grades(shop: Shop) -> labels.ConsensusGrades:
    """labels: consensus grades of the log of judgements and ``ratings.csv``."""
    if not shop.judgements.exists():
        return labels.find_consensus(None, shop.ratings)
    log = JudgementLog(shop.judgements)
    try:
        return labels.find_consensus(log.table(), shop.ratings)
    finally:
        log.close()
