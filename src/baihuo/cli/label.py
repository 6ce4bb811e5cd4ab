"""``baihuo label``: one function a command."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.cli.tables import empty_table
from baihuo.core import BadInput, NotFound, Progress, minor_unit_digits, no_progress
from baihuo.settings import Shop, shop_folder

if TYPE_CHECKING:
    from baihuo import labels
    from baihuo.events import JudgementLog
    from baihuo.labels import AnnotationQueue, Question, RefusedRow


label = typer.Typer(
    help="Relevance judgements by people: pairs to judge next, agreement of raters, likely wrong labels.",
    no_args_is_help=True,
)


@contextmanager
def judgement_log(shop: Shop) -> Iterator[JudgementLog]:
    """Open the shop's log of judgements; closed afterwards."""
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
        BadInput: no row is usable.
    """
    from baihuo import flow, labels

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


RaterOption = Annotated[
    str | None, typer.Option("--rater", help="The rater (default: your login).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
ChangeOption = Annotated[
    bool, typer.Option("--change", help="Replace earlier grades of the same rater.")
]


@label.command("next")
def next_(
    shop: ShopOption = None,
    rater: RaterOption = None,
    n: Annotated[
        int, typer.Option("--n", min=1, max=1_000, help="How many pairs of query and product.")
    ] = 10,
    queries: Annotated[
        Path | None,
        typer.Option(help="File with one query per line (default: the most frequent queries)."),
    ] = None,
    objective: Annotated[
        str,
        typer.Option(
            "--stake",
            help="Measure to improve: difference (our nDCG@10 minus BM25's) or ours (our nDCG@10).",
        ),
    ] = "difference",
    as_json: JsonOption = False,
) -> None:
    """Ask a rater for the most informative judgements.

    At a terminal each pair is shown and one key grades it: 0 irrelevant, 1 complement, 2 substitute,
    3 exact match, ? cannot say, q stop. Elsewhere the pairs are printed.

    \b
    baihuo label next --rater ann
    baihuo label next --rater ann --n 50 --json > ask.jsonl
    """
    from baihuo import flow

    if objective not in ("difference", "ours"):
        raise BadInput(f"there is no --stake {objective!r}", fix="use difference or ours")
    rater = rater or getpass.getuser()
    with shop_context(shop) as (folder, progress), judgement_log(folder) as log:
        queue = open_annotation(folder, log, _queries(queries), progress=progress)
        known = cast('Literal["difference", "ours"]', objective)
        questions = queue.next(rater, n=n, at_us=flow.now_us(), objective=known)
    if not questions:
        stderr.print(
            f"no pairs are left for {rater} to judge; give more queries with --queries FILE"
        )
        return
    if as_json:
        for question in questions:
            values = {**asdict(question), "product": queue.shown(question.product_id)}
            typer.echo(json.dumps(values, ensure_ascii=False))
    elif is_person():
        with judgement_log(folder) as log:
            _ask(log, queue, questions, rater)
    else:
        stdout.print(questions_table(queue, questions))


def is_person() -> bool:
    """Whether standard input is a terminal, where a person can answer."""
    return sys.stdin.isatty()


def _ask(
    log: JudgementLog, queue: labels.AnnotationQueue, questions: list[labels.Question], rater: str
) -> None:
    from baihuo import flow
    from baihuo.events import Judgement

    n_recorded = 0
    for number, question in enumerate(questions, start=1):
        head = f"{number} of {len(questions)}"
        stdout.print(question_lines(head, question, queue.shown(question.product_id)), markup=False)
        answer = ""
        while answer not in ("0", "1", "2", "3", "?", "q"):
            answer = typer.prompt("0 1 2 3 ? q", prompt_suffix=" > ", default="q").strip().lower()
        if answer == "q":
            break
        grade = None if answer == "?" else int(answer)
        judgement = Judgement(question.query_text, question.product_id, rater, grade, flow.now_us())
        log.append(
            [judgement], is_change=True
        )  # the rater may have graded the pair elsewhere meanwhile
        n_recorded += 1
    stderr.print(f"{n_recorded:,} recorded as {rater}'s")


def _queries(file: Path | None) -> list[str]:
    if file is None:
        return []
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError) as error:
        raise BadInput(
            f"{file} cannot be read: {error}", fix="give a text file with one query per line"
        ) from error
    return [line.strip() for line in lines if line.strip()]


@label.command("record")
def record(
    file: Annotated[
        Path | None, typer.Argument(help="CSV or JSON lines: query, product, grade and rater.")
    ] = None,
    shop: ShopOption = None,
    query: Annotated[str | None, typer.Option(help="Query of a single judgement.")] = None,
    product: Annotated[str | None, typer.Option(help="Product id of a single judgement.")] = None,
    grade: Annotated[str | None, typer.Option(help="0 to 3, or ? for cannot say.")] = None,
    rater: RaterOption = None,
    change: ChangeOption = False,
) -> None:
    """Record one judgement, or a file of them. Unusable rows are reported; the others are recorded. Recording them again changes nothing.

    \b
    baihuo label record --query "usb hub" --product 4711 --grade 3 --rater ann
    baihuo label record answers.jsonl --rater ann
    """
    from baihuo import labels

    single = (query, product, grade)
    if (file is None) == all(x is None for x in single) or (file is None and None in single):
        raise BadInput(
            "give either a file or one judgement",
            fix="give FILE, or --query, --product and --grade",
        )
    rows: Any = (
        [(1, {"query": query, "product": product, "grade": grade})]
        if file is None
        else labels.read_rows(file)
    )
    record_rows(shop_folder(shop), rows, rater or getpass.getuser(), is_change=change)


@label.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="CSV: query, docid, rating; or NAME_rating columns.")
    ],
    shop: ShopOption = None,
    rater: Annotated[
        str | None,
        typer.Option(help="The rater (default: from the columns or the file name)."),
    ] = None,
    change: ChangeOption = False,
) -> None:
    """Import judgements: a file with one column of grades, or with a column NAME_rating for each rater.

    \b
    baihuo label import individual_ratings.csv
    """
    from baihuo import labels

    file_rows = labels.file_rows(file)
    rows = (
        (n, {"query": q, "product": p, "rater": rater or by, "grade": g})
        for n, (q, p, by, g) in enumerate(file_rows, start=1)
        if g is not None
    )
    record_rows(shop_folder(shop), rows, rater or getpass.getuser(), is_change=change, unit="grade")


@label.command("report")
def report(
    shop: ShopOption = None,
    file: Annotated[
        Path | None, typer.Option(help="A file of ratings instead of the shop's judgements.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show agreement of raters, the error rates of each by direction, and uncertain pairs.

    \b
    baihuo label report
    baihuo label report --file individual_ratings.csv
    """
    from baihuo import flow, labels

    if file is not None:
        consensus = labels.consensus_of_ratings(labels.Ratings.of(labels.file_rows(file)))
        summary = labels.report(consensus, final=labels.final_grades(file))
    else:
        summary = labels.report(flow.consensus_grades(shop_folder(shop)))
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False, indent=2))
    elif summary["agreement"] is None:
        raise NotFound("no judgements yet", fix="run: baihuo label next")
    else:
        stdout.print(raters_tables(summary))


@label.command("export")
def export(
    shop: ShopOption = None,
    min_confidence: Annotated[
        float, typer.Option(min=0, max=1, help="Leave out grades of lower confidence.")
    ] = 0.0,
) -> None:
    """Print the consensus of raters as a ratings.csv: query, docid, rating, confidence, n_raters.

    \b
    baihuo label export --min-confidence 0.8 > ratings.csv
    """
    from baihuo import flow

    consensus = flow.consensus_grades(shop_folder(shop))
    if not len(consensus):
        raise NotFound("no judgements yet", fix="run: baihuo label next")
    typer.echo(consensus.to_csv(min_confidence=min_confidence), nl=False)


@label.command("audit")
def audit(
    kind: Annotated[str, typer.Argument(metavar="WHAT", help="clicks, categories or relevance.")],
    shop: ShopOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Number of examples to show.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Find labels that are likely wrong: their number, and examples, the most certain first.

    clicks: outcomes of the newest pages, held out from training.
    categories: products whose texts look like another category (the check wrong_category).
    relevance: grades unlike those of similar products, and unlike what the index finds.

    \b
    baihuo label audit relevance
    baihuo label audit categories --limit 50 --json
    """

    with shop_context(shop) as (folder, _):
        report = audit_labels(folder, kind, n_examples=limit)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        stdout.print(audit_tables(report))


# Judgements as tables: questions for raters, agreement of raters, labels that are likely wrong.


def question_lines(head: str, question: Question, product: dict[str, Any]) -> str:
    """Format a pair for a rater at a terminal."""
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
    """Build a table of pairs to judge, most valuable first, grouped by query."""
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
    """Format the reasons of the first ``limit`` refused rows."""
    rows = list(refused)
    lines = [str(r) for r in rows[:limit]]
    if len(rows) > limit:
        lines.append(f"… and {len(rows) - limit:,} more")
    return "".join(f"{line}\n" for line in lines)


def raters_tables(report: dict[str, Any]) -> Group:
    """Build the tables of the report on raters."""
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
            f"{agreed['n_unanimous']:,} unanimous pairs, {agreed['n_doubtful']:,} doubtful, "
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
    """Build the tables of likely wrong labels."""
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
    """Return a rater's most frequent error: true 2 given as 3."""
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


def open_annotation(
    shop: Shop, log: JudgementLog, queries: Sequence[str] = (), *, progress: Progress = no_progress
) -> labels.AnnotationQueue:
    """Return pairs worth judging for ``queries``, by default the most frequent ones."""
    from baihuo import flow, labels

    generation, thresholds = labels.open_search(shop)
    wanted = queries or labels.frequent_queries(flow.engine(shop), shop.clean_events)
    return labels.make_annotation_queue(
        log, generation, thresholds, queries=wanted, ratings=shop.ratings, progress=progress
    )


def audit_labels(shop: Shop, kind: str, *, n_examples: int = 50) -> dict[str, Any]:
    """Return labels that are likely wrong; ``kind`` is ``clicks``, ``categories`` or ``relevance``.

    Raises:
        BadInput: an unknown kind of labels, or too few of them.
        NotFound: nothing was checked, trained or judged yet.
    """
    from baihuo import flow, labels
    from baihuo.train import audit_relevance

    if kind == "categories":
        return labels.audit_categories(flow.engine(shop), shop.clean, n_examples=n_examples)
    if kind == "relevance":
        generation, _ = labels.open_search(shop)
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
    """Return the catalogue's ids; None without a catalogue."""
    from baihuo.catalog import Catalog

    if not shop.catalog.exists():
        return None
    catalog = Catalog(shop.catalog)
    try:
        return {p.product_id for p in catalog.products()}
    finally:
        catalog.close()
