"""``baihuo explain``: a page of the live bundle, stage by stage."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from baihuo.cli.context import ShopOption, shop_context, stdout
from baihuo.cli.tables import empty_table, printable
from baihuo.core import BadInput, Filters, Query, Surface, has_han

if TYPE_CHECKING:
    from baihuo.flow import Explained, RequestedKind, WordsRead
    from baihuo.rank import Why, WhyNot


def explain(
    text: Annotated[str, typer.Argument(metavar="QUERY", help="The search text.")] = "",
    shop: ShopOption = None,
    product: Annotated[
        str | None, typer.Option(help="Explain the page of products similar to this one.")
    ] = None,
    why_not: Annotated[
        str | None, typer.Option("--why-not", help="Explain why this product is not on the page.")
    ] = None,
    why: Annotated[
        str | None,
        typer.Option(
            "--why",
            help="Explain this product's score by the click model and the visitor's tastes, relative to the rest of the page.",
        ),
    ] = None,
    where: Annotated[
        str,
        typer.Option(
            "--filter",
            help="Only products that match this, such as 'brand:nike AND price:[100 TO 500]' (docs/filters.md).",
        ),
    ] = "",
    visitor: Annotated[str, typer.Option(help="Whose page.")] = "explain",
    surface: Annotated[
        str | None, typer.Option(help="search, home or similar (default: by the other options).")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the page and its trace as JSON.")
    ] = False,
) -> None:
    """Explain a page of the live bundle: counts and time of every stage, score and reason of every product.

    With --why-not: the first stage that removes the product, why, and changes that would show it. With --why: the inputs that raise or
    lower its score, by Shapley values. The page is neither logged nor served.

    \b
    baihuo explain "red kettle"
    baihuo explain 手机 --why-not p-17 --visitor v-3
    baihuo explain 手机 --why p-17 --visitor v-3
    baihuo explain shoes --filter 'brand:nike AND price:[100 TO 500] AND NOT color:red'
    baihuo explain --product p-17
    baihuo explain --surface home --visitor v-3 --json
    """
    from baihuo import flow

    with shop_context(shop) as (folder, _):
        query = query_of(text, product, visitor, surface, where, at_us=flow.now_us())
        explained = flow.explain(folder, query, product_id=why_not, why_product=why)
    if as_json:
        typer.echo(explained_json(explained))
    else:
        stdout.print(page_group(explained))


def query_of(
    text: str,
    product: str | None,
    visitor: str,
    surface: str | None,
    where: str = "",
    *,
    at_us: int,
) -> Query:
    """Build the query of the arguments; a missing ``surface`` follows from the others.

    Raises:
        BadInput: an unknown surface, or one that excludes the other arguments.
    """
    default = "similar" if product else "search" if text or where else "home"
    try:
        page_surface = Surface(surface or default)
    except ValueError:
        raise BadInput(f"there is no surface {surface!r}", fix="search, home or similar") from None
    if (page_surface is Surface.SIMILAR) != (product is not None):
        fix = "--product needs the surface similar: --surface similar --product ID"
        raise BadInput(f"--surface {page_surface} and --product exclude each other", fix=fix)
    if text and page_surface is not Surface.SEARCH:
        raise BadInput(f"surface {page_surface} takes no QUERY", fix="leave out QUERY or --surface")
    return Query(
        query_id="explain",
        surface=page_surface,
        visitor_id=visitor,
        at_us=at_us,
        query_text=text,
        language="zh" if has_han(text) else "en",
        product_id=product,
        filters=Filters(where=where.strip()),
        explain=True,
    )


# ``baihuo explain``: a page, stage by stage, as tables.


_MOST_PRODUCTS, _MOST_KINDS = 12, 5


def explained_json(explained: Explained) -> str:
    """Return the page as the API does, with ``why_not``."""
    page = json.loads(explained.page_json)
    page["kind"] = None if explained.kind is None else asdict(explained.kind)
    page["synonyms"] = [asdict(one) for one in explained.synonyms]
    page["words"] = [asdict(one) for one in explained.words]
    page["why_not"] = None if explained.why_not is None else asdict(explained.why_not)
    page["why"] = None if explained.why is None else _without_nan(asdict(explained.why))
    return json.dumps(page, ensure_ascii=False)


def page_group(explained: Explained) -> Group:
    """Show stages, the first products, and the answer to ``--why-not``."""
    page, answer = explained.served.page, json.loads(explained.page_json)
    stages = empty_table("Stages, in order", "stage", "kind", "in", "out", "ms", "note")
    for step in page.trace:
        stages.add_row(
            step.stage,
            step.kind,
            f"{step.n_in:,}",
            f"{step.n_out:,}",
            f"{step.ms:.2f}",
            escape(printable(step.note)),
        )
    total = f"{page.total:,}" if page.total_is_exact else f"at least {page.total:,}"
    products = empty_table(
        f"The first of {total} products",
        "position",
        "product",
        "title",
        "score",
        "propensity",
        "reason",
    )
    for result in answer["results"][:_MOST_PRODUCTS]:
        reason = " ".join(filter(None, (result["reason"], result["reason_detail"])))
        products.add_row(
            str(result["position"]),
            escape(printable(result["product_id"])),
            escape(printable(result["product"]["title"])),
            f"{result['score']:.4f}",
            f"{result['propensity']:.3f}",
            escape(printable(reason)),
        )
    lines = [f"{page.surface} of bundle {page.bundle_id} over index {page.index_id}"]
    lines += [f"note: {note}" for note in page.notes]
    if explained.kind is not None:
        lines.append(kind_line(explained.kind))
    lines += [
        f"synonym: {s.word!r} is read as {s.also!r} ({s.evidence})" for s in explained.synonyms
    ]
    lines += [words_line(one) for one in explained.words]
    parts = [Text(line) for line in lines]
    why = [] if explained.why_not is None else [Text(why_line(explained.why_not), style="bold")]
    causes = [] if explained.why is None else [why_table(explained.why)]
    return Group(*parts, stages, products, *why, *causes)


def why_table(why: Why) -> Table:
    """Build a table of what raises and lowers a product relative to its page."""
    place = f"at position {why.position}" if why.position else "not on the page"
    table = empty_table(
        f"Why {printable(why.product_id)} is {place} (page ordered by {why.order}; causes by {why.model}, {why.score:+.2f} relative to its mean)",
        "what",
        "this product",
        "the others",
        "adds",
    )
    for cause in why.causes:
        table.add_row(
            printable(cause.words), _value(cause.value), _value(cause.of_page), f"{cause.adds:+.2f}"
        )
    return table


def _value(value: float) -> str:
    return "not known" if math.isnan(value) else f"{value:.4g}"


def _without_nan(found: dict[str, Any]) -> dict[str, Any]:
    """Replace NaN by null for JSON."""
    for cause in found["causes"]:
        for name, value in cause.items():
            if isinstance(value, float) and math.isnan(value):
                cause[name] = None
    return found


def kind_line(kind: RequestedKind) -> str:
    """Describe the kind of product that a search asks for, and its evidence."""
    shown = [f"{' > '.join(path)} {weight:.2f}" for path, weight in kind.categories[:_MOST_KINDS]]
    more = len(kind.categories) - len(shown)
    names = ", ".join(shown) + (f" and {more} more" if more else "") or "titles with it"
    by = f"{kind.source} ({kind.evidence})" if kind.evidence else kind.source
    return printable(f"kind: {kind.phrase!r} by its {by} is {names}")


def words_line(words: WordsRead) -> str:
    """Describe a reading of some words of a search, or why there is none."""
    if not words.is_read:
        return printable(f"not read: {words.text!r} as {words.kind} ({words.why_not})")
    values = f" {', '.join(words.values)}" if words.values else ""
    return printable(f"read: {words.text!r} as {words.kind}{values}")


def why_line(why: WhyNot) -> str:
    """Explain why a product is or is not on the page, with a line for each change that would show it."""
    where = "" if why.stage == "page" else f" ({why.stage})"
    lines = [f"{why.product_id}: {why.why}{where}"]
    lines += [f"  it would be there {change}" for change in why.bring_back]
    return "\n".join(map(printable, lines))
