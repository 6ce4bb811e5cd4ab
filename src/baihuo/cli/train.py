"""``baihuo train``: train a bundle of models on clean data."""

from __future__ import annotations

from typing import Annotated

import typer

from baihuo.cli.context import ShopOption, shop_context, stdout


def train(
    shop: ShopOption = None,
    no_clicks: Annotated[
        bool,
        typer.Option(
            "--no-clicks", help="Leave out the click models, which take most of the time."
        ),
    ] = False,
) -> None:
    """Train on the clean data and write a bundle. Refused while a stop of the quality report is open.

    \b
    baihuo train
    baihuo train --no-clicks
    """
    from baihuo import flow
    from baihuo.cli.tables.models import models_table

    with shop_context(shop) as (folder, progress):
        trained = flow.train(folder, with_clicks=not no_clicks, progress=progress)
    stdout.print(models_table(trained.report))
    typer.echo(trained.bundle_id)
