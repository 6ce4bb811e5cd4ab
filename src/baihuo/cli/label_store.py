"""Open a shop's annotation queue and audit its labels. Loads the libraries of training, so commands import it when they run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from baihuo import flow, labels
from baihuo.catalog import Catalog
from baihuo.core import BadInput, NotFound, Progress, no_progress
from baihuo.events import JudgementLog
from baihuo.settings import Shop
from baihuo.train import audit_relevance


def open_annotation(
    shop: Shop, log: JudgementLog, queries: Sequence[str] = (), *, progress: Progress = no_progress
) -> labels.AnnotationQueue:
    """Pairs worth judging for ``queries``, by default for the most frequent queries."""
    generation, thresholds = labels.open_search(shop.bundles, shop.index, shop.encoders)
    wanted = queries or labels.frequent_queries(flow.engine(shop), shop.clean_events)
    return labels.make_annotation_queue(
        log, generation, thresholds, queries=wanted, ratings=shop.ratings, progress=progress
    )


def audit_labels(shop: Shop, kind: str, *, n_examples: int = 50) -> dict[str, Any]:
    """Labels that are likely wrong; ``kind`` is ``clicks``, ``categories`` or ``relevance``.

    Raises:
        BadInput: an unknown kind of labels, or too few of them.
        NotFound: nothing was checked, trained or judged yet.
    """
    if kind == "categories":
        return labels.audit_categories(flow.engine(shop), shop.clean, n_examples=n_examples)
    if kind == "relevance":
        generation, _ = labels.open_search(shop.bundles, shop.index, shop.encoders)
        return audit_relevance(
            generation, flow.consensus_grades(shop).by_query, n_examples=n_examples
        )
    if kind != "clicks":
        raise BadInput(f"there are no labels {kind!r}", fix="clicks, categories or relevance")
    report = flow.evaluate(shop).get("clicks", {}).get("label_audit")
    if report is None:
        fix = "import clicks, then: baihuo train"
        raise NotFound("the newest bundle has no click model", fix=fix)
    return {**report, "examples": report["examples"][:n_examples]}


def product_ids(shop: Shop) -> set[str] | None:
    """Ids of the catalogue; None where there is no catalogue yet."""
    if not shop.catalog.exists():
        return None
    catalog = Catalog(shop.catalog)
    try:
        return {p.product_id for p in catalog.products()}
    finally:
        catalog.close()
