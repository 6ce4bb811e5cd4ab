"""The annotation queue that gives raters pairs to judge, for the command line and the API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baihuo.bundle import Bundle, open_generation, read_live, thresholds_of
from baihuo.core import NotFound, Progress, ShopPaths, no_progress
from baihuo.encode import Encoders
from baihuo.events import JudgementLog
from baihuo.index import Generation, Thresholds, read_synonyms
from baihuo.labels.consensus import ConsensusGrades, collect_ratings, find_consensus
from baihuo.labels.queue import LEASE_US, Objective, Pool, Question, make_pool, next_questions

_MAX_QUERIES = 400
_MAX_TEXT = 300  # characters shown of a description


@dataclass(frozen=True, slots=True, eq=False)
class AnnotationQueue:
    """A shop's judgements, and the pairs to judge."""

    log: JudgementLog
    generation: Generation
    pool: Pool
    ratings: Path  # the shop's ratings.csv, which need not exist

    def consensus(self) -> ConsensusGrades:
        """The consensus of raters so far."""
        return find_consensus(self.log.table(), self.ratings)

    def next(
        self, rater: str, *, n: int, at_us: int, objective: Objective = "difference"
    ) -> list[Question]:
        """Lease the most valuable pairs to ``rater``: no other rater gets them for a while. Before judging, the same rater gets the same
        pairs.
        """
        table = self.log.table()
        leased = {(q, p) for q, p, by in self.log.asked_since(at_us - LEASE_US) if by != rater}
        undecided = {
            (row["query_text"], row["product_id"])
            for row in table.to_pylist()
            if row["rater"] == rater and row["grade"] is None
        }
        removed = {p for p in set(self.pool.products) if p not in self.generation.row_of}
        leased |= {
            (q, p)
            for q, p in zip(self.pool.queries, self.pool.products, strict=True)
            if p in removed
        }
        questions = next_questions(
            self.pool,
            collect_ratings(table, self.ratings),
            rater,
            n=n,
            objective=objective,
            excluded=leased | undecided,
        )
        self.log.ask([(q.query_text, q.product_id) for q in questions], rater, at_us)
        return questions

    def shown(self, product_id: str) -> dict[str, Any]:
        """Return the fields of a product for a rater."""
        row = self.generation.fields(self.generation.row_of[product_id])
        text = row["description_en"] or row["description_zh"] or ""
        names = ("title_en", "title_zh", "brand", "category", "price_minor", "currency")
        return {
            **{name: row[name] for name in names},
            "description": text[:_MAX_TEXT],
            "image": next(iter(row["images"] or ()), None),
        }


def make_annotation_queue(
    log: JudgementLog,
    generation: Generation,
    thresholds: Thresholds,
    *,
    queries: Iterable[str],
    ratings: Path,
    progress: Progress = no_progress,
) -> AnnotationQueue:
    """The annotation queue for ``queries`` and all queries that were judged before.

    Raises:
        NotFound: there is no query to judge.
    """
    judged = collect_ratings(log.table(), ratings).queries.tolist()
    wanted = list(dict.fromkeys([*queries, *judged]))[:_MAX_QUERIES]
    if not wanted:
        raise NotFound(
            "there is no query to judge",
            fix="import events with query_text, or give queries: baihuo label next --queries FILE",
        )
    return AnnotationQueue(
        log, generation, make_pool(generation, wanted, thresholds, progress=progress), ratings
    )


def open_search(paths: ShopPaths) -> tuple[Generation, Thresholds]:
    """The live index and thresholds; before the first release, the newest index and defaults.

    Raises:
        NotFound: there is no index.
    """
    if (live := read_live(paths.bundles)) is not None:
        bundle = Bundle.open(paths.bundles / live.bundle_id)
        return open_generation(bundle, paths, index_id=live.index_id), thresholds_of(bundle)
    generations = sorted(paths.index.glob("*/generation.json"), key=lambda p: p.stat().st_mtime_ns)
    if not generations:
        raise NotFound(f"no index in {paths.index}", fix="run: baihuo index")
    encoders, synonyms = Encoders.open(paths.encoders), read_synonyms(paths.synonyms)
    return Generation.open(generations[-1].parent, encoders, synonyms), Thresholds()
