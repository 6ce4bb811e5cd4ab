"""The log of judgements, and how rows are recorded in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from baihuo.cli.context import stderr
from baihuo.core import BadInput
from baihuo.settings import Shop

if TYPE_CHECKING:
    from baihuo.events import JudgementLog


@contextmanager
def judgement_log(shop: Shop) -> Iterator[JudgementLog]:
    """The shop's log of judgements; closed afterwards."""
    from baihuo.events import JudgementLog

    log = JudgementLog(shop.judgements, shop.pseudonyms().text)
    try:
        yield log
    finally:
        log.close()


def record_rows(
    shop: Shop, rows: Any, rater: str, *, is_change: bool, unit: str = "judgement"
) -> None:
    """Record rows, and print how many were new, known, changed and refused.

    Raises:
        BadInput: none of them could be used.
    """
    from baihuo import flow, labels
    from baihuo.cli.label.annotation import product_ids
    from baihuo.cli.tables.labels import refused_lines

    products = product_ids(shop)
    with judgement_log(shop) as log:
        recorded = labels.record_rows(
            log,
            rows,
            at_us=flow.now_us(),
            rater=rater,
            is_change=is_change,
            is_known=None if products is None else products.__contains__,
        )
    stderr.print(refused_lines(recorded.refused), markup=False, highlight=False, end="")
    counts = {
        "new": recorded.n_new,
        "known": recorded.n_known,
        "changed": recorded.n_changed,
        "refused": len(recorded.refused),
    }
    typer.echo(", ".join(f"{n:,} {name}" for name, n in counts.items()))
    if recorded.refused and not (recorded.n_new or recorded.n_known or recorded.n_changed):
        raise BadInput(f"no {unit} could be used", fix="see the reasons above")
