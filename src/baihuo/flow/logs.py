"""What the stages read from the shop's logs: events, served pages, judgements."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from baihuo import labels
from baihuo.bundle import RELEVANCE_FOLDER, Bundle
from baihuo.core import NotFound
from baihuo.events import EventLog, JudgementLog, SealedCounts, ServedLog
from baihuo.monitor import write_placements
from baihuo.release import JudgedSet
from baihuo.settings import Shop
from baihuo.train import is_held_out

_NEWEST_PAGES = 100_000  # whose exploration says how far down pages are read


def seal_log(shop: Shop) -> None:
    """events: turn the live log into a segment beside the imports."""
    if shop.log.exists():
        log = EventLog(shop.log)
        try:
            log.seal(shop.raw / "events")
        finally:
            log.close()


@dataclass(frozen=True, slots=True)
class Sealed:
    """What :func:`seal_logs` did."""

    events_file: Path | None  # the new segment; None: no event waited
    pages: SealedCounts


def seal_logs(shop: Shop, *, now_us: int) -> Sealed:
    """events: seal the live events, and the served pages of more than an hour ago; drop those past their days.

    Args:
        now_us: Our clock, UTC.

    Raises:
        NotFound: the shop has no folder.
    """
    if not shop.root.is_dir():
        raise NotFound(
            f"there is no shop in {shop.root}",
            fix="name its folder: baihuo seal --shop FOLDER",
        )
    events_file, pages = None, SealedCounts()
    if shop.log.exists():
        log = EventLog(shop.log)
        try:
            events_file = log.seal(shop.raw / "events")
        finally:
            log.close()
    if shop.served_log.exists():
        served = ServedLog(shop.served_log)
        try:
            pages = served.seal(
                now_us=now_us,
                older_than_s=3600,
                keep_days=shop.settings().privacy.retention.served_days,
            )
        finally:
            served.close()
    return Sealed(events_file, pages)


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


def served_placements(shop: Shop) -> Path | None:
    """Where the newest served pages put their products, with the draw of each, as Parquet; None before the first page."""
    if not shop.served_log.exists():
        return None
    return write_placements(
        shop.served_log, shop.served / "placements.parquet", newest=_NEWEST_PAGES
    )


def consensus_grades(shop: Shop) -> labels.ConsensusGrades:
    """labels: consensus grades of the log of judgements and ``ratings.csv``."""
    if not shop.judgements.exists():
        return labels.find_consensus(None, shop.ratings)
    log = JudgementLog(shop.judgements)
    try:
        return labels.find_consensus(log.table(), shop.ratings)
    finally:
        log.close()


def judged_sets(shop: Shop, candidate: Bundle) -> list[JudgedSet]:
    """labels: the judged searches that the gate asks: what people judged, and the shop's complete judged set.

    Of judgements that the candidate's relevance learned from, only those of the queries that it did not see.
    """
    sets = []
    grades = consensus_grades(shop).by_query
    report = f"{RELEVANCE_FOLDER}/report.json"
    if report in candidate and candidate.json(report)["n_judged_queries"]:
        grades = {query: by_id for query, by_id in grades.items() if is_held_out(query)}
    if grades:
        sets.append(JudgedSet(name="judgements", grades=grades, is_complete=False))
    if shop.judged.exists():
        table = pq.read_table(shop.judged, columns=["query_text", "product_id", "grade"])
        complete: dict[str, dict[str, int]] = {}
        for row in table.to_pylist():
            complete.setdefault(row["query_text"], {})[row["product_id"]] = int(row["grade"])
        sets.append(JudgedSet(name=shop.judged.name, grades=complete, is_complete=True))
    return sets
