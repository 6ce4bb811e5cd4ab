"""What the label commands put together of a shop: a desk for raters, and the audits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from baihuo import flow, labels
from baihuo.catalog import Catalog
from baihuo.core import BadInput, NotFound
from baihuo.core.progress import Progress, silent
from baihuo.events import JudgementLog
from baihuo.settings import Shop
from baihuo.train import audit_relevance


def open_annotation(
    shop: Shop, log: JudgementLog, queries: Sequence[str] = (), *, progress: Progress = silent
) -> labels.AnnotationDesk:
    """What is worth judging of ``queries``, else of what is typed most."""
    generation, thresholds = labels.open_search(shop.bundles, shop.index, shop.encoders)
    asked = queries or labels.frequent_queries(flow.engine(shop), shop.clean_events)
    return labels.make_desk(
        log, generation, thresholds, queries=asked, ratings=shop.ratings, progress=progress
    )


def audit(shop: Shop, what: str, *, n_examples: int = 50) -> dict[str, Any]:
    """Which labels are likely wrong: of ``clicks``, ``categories`` or ``relevance``.

    Raises:
        BadInput: no such labels, or too few of them.
        NotFound: nothing was checked, trained or judged yet.
    """
    if what == "categories":
        return labels.audit_categories(flow.engine(shop), shop.clean, n_examples=n_examples)
    if what == "relevance":
        generation, _ = labels.open_search(shop.bundles, shop.index, shop.encoders)
        return audit_relevance(
            generation, flow.consensus_grades(shop).by_query, n_examples=n_examples
        )
    if what != "clicks":
        raise BadInput(f"there are no labels {what!r}", fix="clicks, categories or relevance")
    told = flow.evaluate(shop).get("clicks", {}).get("label_audit")
    if told is None:
        fix = "import clicks, then: baihuo train"
        raise NotFound("the newest bundle has no click model", fix=fix)
    return {**told, "examples": told["examples"][:n_examples]}


def product_ids(shop: Shop) -> set[str] | None:
    """What can be judged; None where there is no catalogue to look it up in."""
    if not shop.catalog.exists():
        return None
    catalog = Catalog(shop.catalog)
    try:
        return {p.product_id for p in catalog.products()}
    finally:
        catalog.close()
