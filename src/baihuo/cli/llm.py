"""``baihuo llm``: one function a command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from baihuo.cli.context import ShopOption, shop_context, stderr

if TYPE_CHECKING:
    from baihuo.flow import Generated

llm = typer.Typer(
    help="A generative model, local and optional (llm.gguf or llm.address of shop.yaml): attributes, grades and searches, offline. "
    "Answers are cached, so a stopped command can continue.",
    no_args_is_help=True,
)


MostOption = Annotated[int | None, typer.Option("--most", min=1, help="Most products or pairs.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the rows as JSON, one a line.")]


@llm.command("attributes")
def attributes(
    shop: ShopOption = None, most: MostOption = None, as_json: JsonOption = False
) -> None:
    """Fill in missing attributes that most of a category have, word for word from the product's listing. Values not in the listing are
    rejected. `baihuo index` uses them once llm.attributes of shop.yaml is on.

    \b
    baihuo llm attributes --most 50 --json
    baihuo llm attributes
    """
    from baihuo import flow

    with shop_context(shop) as (folder, progress):
        found = flow.extract_attributes(folder, most=most, progress=progress)
    _print(found, as_json)


@llm.command("grades")
def grades(shop: ShopOption = None, most: MostOption = None, as_json: JsonOption = False) -> None:
    """Grade unjudged pairs, if the model agrees with people on judged ones (kappa). Uncertain pairs are left to people. --most limits the
    judged pairs for this comparison.

    \b
    baihuo llm grades
    baihuo llm grades --json | head
    """
    from baihuo import flow

    with shop_context(shop) as (folder, progress):
        found = flow.grade(folder, most_judged=most, progress=progress)
    _print(found, as_json)
    agreement: dict[str, Any] = found.counts["agreement"]
    if not agreement["is_usable"]:
        kappa = "kappa with people is {kappa:.2f} [{kappa_low:.2f}, {kappa_high:.2f}]"
        stderr.print(
            f"nothing was graded: on {agreement['n_judged']} pairs of {agreement['n_queries']} searches "
            + (kappa.format(**agreement) if agreement["decided"] else "the model is sure of none")
            + "; the low end of kappa must reach 0.6, on 20 searches or more"
        )


@llm.command("queries")
def queries(shop: ShopOption = None, most: MostOption = None, as_json: JsonOption = False) -> None:
    """Write searches for products, the newest first; those that find their product are stored.

    \b
    baihuo llm queries --most 100
    """
    from baihuo import flow

    with shop_context(shop) as (folder, progress):
        found = flow.write_queries(folder, most=most, progress=progress)
    _print(found, as_json)


@llm.command("purposes")
def purposes(
    shop: ShopOption = None,
    most: MostOption = None,
    is_all: Annotated[
        bool, typer.Option("--all", help="Also categories that the package knows.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write what the shop's categories are for to words/purposes.txt, from their names alone, so that searches find them that name no product
    (wet feet on the way to work). Lines that are there stay. Read and edit the file, then run baihuo index.

    \b
    baihuo llm purposes --most 20 --json
    baihuo llm purposes --all
    """
    from baihuo import flow

    with shop_context(shop) as (folder, progress):
        found = flow.write_purposes(folder, is_all=is_all, most=most, progress=progress)
    _print(found, as_json)


@llm.command("rewrites")
def rewrites(shop: ShopOption = None, as_json: JsonOption = False) -> None:
    """Propose other words for frequent searches that find nothing, as lines of synonyms.txt for a person to read.

    \b
    baihuo llm rewrites
    """
    from baihuo import flow

    with shop_context(shop) as (folder, progress):
        found = flow.rewrite_queries(folder, progress=progress)
    _print(found, as_json)


def _print(found: Generated, as_json: bool) -> None:
    if as_json:
        for row in found.rows:
            typer.echo(json.dumps(row, ensure_ascii=False))
        return
    typer.echo(json.dumps(found.counts, ensure_ascii=False, indent=2))
