"""Where judgements are written down, and how rows of them are taken."""

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
    """The shop's log of judgements, closed again."""
    from baihuo.events import JudgementLog

    log = JudgementLog(shop.judgements)
    try:
        yield log
    finally:
        log.close()


def record_rows(
    shop: Shop, rows: Any, rater: str, *, is_change: bool, unit: str = "judgement"
) -> None:
    """Write rows down and tell how many were new, known, changed and refused.

    Raises:
        BadInput: none of them could be used.
    """
    from baihuo import flow, labels
    from baihuo.cli.label.annotation import product_ids
    from baihuo.cli.tables.labels import refused_lines

    products = product_ids(shop)
    with judgement_log(shop) as log:
        done = labels.record_rows(
            log,
            rows,
            at_us=flow.now_us(),
            rater=rater,
            is_change=is_change,
            is_known=None if products is None else products.__contains__,
        )
    stderr.print(refused_lines(done.refused), markup=False, highlight=False, end="")
    counts = {
        "new": done.n_new,
        "known": done.n_known,
        "changed": done.n_changed,
        "refused": len(done.refused),
    }
    typer.echo(", ".join(f"{n:,} {name}" for name, n in counts.items()))
    if done.refused and not (done.n_new or done.n_known or done.n_changed):
        raise BadInput(f"no {unit} could be used", fix="see the reasons above")
