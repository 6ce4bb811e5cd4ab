"""``baihuo label export``: the consensus of raters."""

from __future__ import annotations

from typing import Annotated

import typer

from baihuo.cli.context import ShopOption
from baihuo.core import NotFound
from baihuo.settings import shop_folder


def export(
    shop: ShopOption = None,
    min_confidence: Annotated[
        float, typer.Option(min=0, max=1, help="Leave out grades with less confidence than this.")
    ] = 0.0,
) -> None:
    """Print the consensus of raters as a ratings.csv: query, docid, rating, confidence, n_raters.

    \b
    baihuo label export --min-confidence 0.8 > ratings.csv
    """
    from baihuo import flow

    consensus = flow.consensus_grades(shop_folder(shop))
    if not len(consensus):
        raise NotFound("nothing was judged yet", fix="run: baihuo label next")
    typer.echo(consensus.to_csv(min_confidence=min_confidence), nl=False)
