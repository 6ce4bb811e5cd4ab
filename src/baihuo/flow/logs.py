"""What a shop's logs give to the stages: events, served pages, judgements."""

from __future__ import annotations

from pathlib import Path

from baihuo import labels
from baihuo.events import EventLog, JudgementLog, ServedLog
from baihuo.settings import Shop


def seal_log(shop: Shop) -> None:
    """events: what the live log holds becomes a segment beside the imports."""
    if shop.log.exists():
        log = EventLog(shop.log)
        try:
            log.seal(shop.raw / "events")
        finally:
            log.close()


def served_pages(shop: Shop) -> Path | None:
    """The pages we served with the features they were ranked by; None before the first one."""
    if not shop.served_log.exists():
        return None
    log = ServedLog(shop.served_log)
    try:
        out = shop.served / "served.parquet"
        return out if log.to_parquet(out) else None
    finally:
        log.close()


def consensus_grades(shop: Shop) -> labels.ConsensusGrades:
    """labels: what raters say together, in the log of judgements and in ``ratings.csv``."""
    if not shop.judgements.exists():
        return labels.settle(None, shop.ratings)
    log = JudgementLog(shop.judgements)
    try:
        return labels.settle(log.table(), shop.ratings)
    finally:
        log.close()
