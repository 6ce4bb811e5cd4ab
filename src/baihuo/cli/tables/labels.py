"""Judgements as tables: questions for raters, agreement of raters, labels that are likely wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from baihuo.cli.tables.cells import empty_table
from baihuo.core import minor_unit_digits
from baihuo.labels import AnnotationQueue, Question, RefusedRow


def question_lines(head: str, question: Question, product: dict[str, Any]) -> str:
    """One pair, as a rater sees it at a terminal."""
    about = " · ".join(x for x in (product["brand"], product["category"], _price(product)) if x)
    lines = [
        "",
        f"{head}   search: {question.query_text}",
        f"  {product['title_en'] or product['title_zh'] or question.product_id}",
        f"  {about}" if about else "",
        f"  {product['description']}" if product["description"] else "",
        f"  asked because: {question.why}",
    ]
    return "\n".join(line for line in lines if line or line is lines[0])


def questions_table(queue: AnnotationQueue, questions: list[Question]) -> Table:
    """Pairs to judge, most valuable first, grouped by query."""
    table = empty_table("Worth judging", "query", "product", "title", "brand", "price", "why")
    for question in questions:
        product = queue.shown(question.product_id)
        title = product["title_en"] or product["title_zh"] or ""
        cells = (
            question.query_text,
            question.product_id,
            title,
            product["brand"] or "",
            _price(product),
        )
        table.add_row(*map(Text, (*cells, question.why)))
    return table


def refused_lines(refused: Iterable[RefusedRow], limit: int = 20) -> str:
    """Why rows were refused, the first ``limit`` of them."""
    rows = list(refused)
    lines = [str(r) for r in rows[:limit]]
    if len(rows) > limit:
        lines.append(f"… and {len(rows) - limit:,} more")
    return "".join(f"{line}\n" for line in lines)


def raters_tables(report: dict[str, Any]) -> Group:
    """The report on raters."""
    agreed = report["agreement"]
    raters = empty_table(
        "Raters", "rater", "judged", "also by others", "wrong", "off by", "kappa", "mistakes most"
    )
    for r in agreed["raters"]:
        is_known = r["n_shared"] > 0
        raters.add_row(
            Text(r["name"]),
            f"{r['n_judged']:,}",
            f"{r['n_shared']:,}",
            f"{r['error_rate']:.1%}" if is_known else "–",
            f"{r['bias']:+.2f}" if is_known else "–",
            _number(r["kappa"]),
            _mistake(r["confusion"]) if is_known else "",
        )
    shown: list[Any] = [raters]
    if agreed["pairwise"]:
        pairs = empty_table(
            "Two and two", "raters", "pairs", "same grade", "kappa", "kappa, linear"
        )
        for p in agreed["pairwise"]:
            pairs.add_row(
                Text(f"{p['ours']}, {p['theirs']}"),
                f"{p['n_both']:,}",
                f"{p['agreed']:.1%}",
                _number(p["quadratic"]),
                _number(p["linear"]),
            )
        shown.append(pairs)
    if report["doubtful"]:
        doubtful = empty_table("Most doubtful", "query", "product", "given", "together", "sure")
        for d in report["doubtful"]:
            given = ", ".join(f"{name} {grade}" for name, grade in d["given"].items())
            doubtful.add_row(
                Text(d["query_text"]),
                Text(d["product_id"]),
                Text(given),
                str(d["consensus"]),
                f"{d['confidence']:.0%}",
            )
        shown.append(doubtful)
    shown.append(
        Text(
            f"{report['n_judgements']:,} judgements of {report['n_pairs']:,} pairs and {report['n_queries']:,} queries; "
            f"Krippendorff's alpha {_number(agreed['alpha'])} (grades as names {_number(agreed['alpha_nominal'])}); "
            f"{agreed['n_unanimous']:,} pairs of one mind, {agreed['n_doubtful']:,} doubtful, "
            f"{agreed['n_not_majority']:,} settled against the majority"
        )
    )
    if against := report.get("against_final"):
        equal = ", ".join(
            f"{name} {share:.1%}" for name, share in against["equal"].items() if share is not None
        )
        shown.append(Text(f"as final_rating in {against['n_pairs']:,} pairs: {equal}"))
    return Group(*shown)


def audit_tables(report: dict[str, Any]) -> Group:
    """Labels that are likely wrong."""
    shown: list[Any] = []
    if report["kinds"]:
        kinds = empty_table(f"Likely wrong: {report['what']}", "given", "likelier", "labels")
        for kind in report["kinds"]:
            kinds.add_row(Text(str(kind["given"])), Text(str(kind["likelier"])), f"{kind['n']:,}")
        shown.append(kinds)
    if report["examples"]:
        names = list(report["examples"][0])
        examples = empty_table("Most certain", *names)
        for example in report["examples"]:
            examples.add_row(*(Text(str(example[name])) for name in names))
        shown.append(examples)
    shown.append(Text(report["why"]))
    return Group(*shown)


def _mistake(confusion: list[list[float]]) -> str:
    """The most frequent wrong grade of a rater: true 2 given as 3."""
    worst = max(
        (
            (share, true, given)
            for true, row in enumerate(confusion)
            for given, share in enumerate(row)
            if true != given
        ),
        default=None,
    )
    return "" if worst is None else f"{worst[1]} as {worst[2]} ({worst[0]:.0%})"


def _price(product: dict[str, Any]) -> str:
    if product["price_minor"] is None:
        return ""
    n_digits = minor_unit_digits(product["currency"])
    price = product["price_minor"] / 10**n_digits
    return f"{price:,.{n_digits}f} {product['currency'] or ''}".strip()


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
