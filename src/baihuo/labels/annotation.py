"""Where raters are handed pairs and give their grades back: one for the command line and the API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baihuo.bundle import Bundle, read_live
from baihuo.core import NotFound
from baihuo.core.progress import Progress, silent
from baihuo.encode import Encoders
from baihuo.events import JudgementLog
from baihuo.index import Generation, Thresholds
from baihuo.labels.consensus import ConsensusGrades, gather, settle
from baihuo.labels.pool import Pool, make_pool
from baihuo.labels.queue import LEASE_US, Question, Stake, next_questions

_MOST_QUERIES = 400
_MOST_TEXT = 300  # characters of a description that are shown


@dataclass(frozen=True, slots=True, eq=False)
class AnnotationDesk:
    """A shop's judgements, and what could be judged."""

    log: JudgementLog
    generation: Generation
    pool: Pool
    ratings: Path  # the shop's file of settled grades, which need not be there

    def settled(self) -> ConsensusGrades:
        """What raters say together so far."""
        return settle(self.log.table(), self.ratings)

    def next(
        self, rater: str, *, n: int, at_us: int, stake: Stake = "difference"
    ) -> list[Question]:
        """Hands ``rater`` the pairs that are worth most; nobody else is handed them for a while.

        Whoever asks again before answering is handed the same.
        """
        table = self.log.table()
        taken = {(q, p) for q, p, by in self.log.asked_since(at_us - LEASE_US) if by != rater}
        unsayable = {
            (row["query_text"], row["product_id"])
            for row in table.to_pylist()
            if row["rater"] == rater and row["grade"] is None
        }
        gone = {p for p in set(self.pool.products) if p not in self.generation.row_of}
        taken |= {
            (q, p) for q, p in zip(self.pool.queries, self.pool.products, strict=True) if p in gone
        }
        found = next_questions(
            self.pool,
            gather(table, self.ratings),
            rater,
            n=n,
            stake=stake,
            barred=taken | unsayable,
        )
        self.log.ask([(q.query_text, q.product_id) for q in found], rater, at_us)
        return found

    def shown(self, product_id: str) -> dict[str, Any]:
        """What a rater sees of a product."""
        row = self.generation.fields(self.generation.row_of[product_id])
        text = row["description_en"] or row["description_zh"] or ""
        names = ("title_en", "title_zh", "brand", "category", "price_minor", "currency")
        return {
            **{name: row[name] for name in names},
            "description": text[:_MOST_TEXT],
            "image": next(iter(row["images"] or ()), None),
        }


def make_desk(
    log: JudgementLog,
    generation: Generation,
    thresholds: Thresholds,
    *,
    queries: Iterable[str],
    ratings: Path,
    progress: Progress = silent,
) -> AnnotationDesk:
    """A desk for ``queries`` and all that were judged before.

    Raises:
        NotFound: there is no query to judge.
    """
    judged = gather(log.table(), ratings).queries.tolist()
    wanted = list(dict.fromkeys([*queries, *judged]))[:_MOST_QUERIES]
    if not wanted:
        raise NotFound(
            "there is no query to judge products for",
            fix="import events with query_text, or name queries: baihuo label next --queries FILE",
        )
    return AnnotationDesk(
        log, generation, make_pool(generation, wanted, thresholds, progress=progress), ratings
    )


def open_search(bundles: Path, index: Path, encoders: Path) -> tuple[Generation, Thresholds]:
    """The index and thresholds that serve now; before the first release, the newest index.

    Raises:
        NotFound: there is no index.
    """
    if (live := read_live(bundles)) is not None:
        serving = Bundle.open(bundles / live.bundle_id)
        opened = Encoders.open(serving.folder("encoders"))
        return Generation.open(index / live.index_id, opened), thresholds_of(serving)
    made = sorted(index.glob("*/generation.json"), key=lambda p: p.stat().st_mtime_ns)
    if not made:
        raise NotFound(f"no index in {index}", fix="run: baihuo index")
    return Generation.open(made[-1].parent, Encoders.open(encoders)), Thresholds()


def thresholds_of(bundle: Bundle) -> Thresholds:
    """A bundle's thresholds; the defaults where it has none."""
    if "thresholds.json" not in bundle:
        return Thresholds()
    return Thresholds.from_json(bundle.json("thresholds.json"))
