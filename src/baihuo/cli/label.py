"""``baihuo label``: one function a command."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.core import BadInput, NotFound
from baihuo.settings import Shop, shop_folder

if TYPE_CHECKING:
    from baihuo import labels
    from baihuo.events import JudgementLog

label = typer.Typer(
    help="Relevance judgements by people: what to judge next, how raters agree, which labels are likely wrong.",
    no_args_is_help=True,
)


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
    from baihuo.cli.label_store import product_ids
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


RaterOption = Annotated[
    str | None, typer.Option("--rater", help="Who judges (default: your login).")
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
            help="What the judgements should measure better: difference (our nDCG@10 minus BM25's) or ours "
            "(our nDCG@10).",
        ),
    ] = "difference",
    as_json: JsonOption = False,
) -> None:
    """Ask a rater for the judgements that would improve the measurement most.

    At a terminal each pair is shown and one key grades it: 0 irrelevant, 1 complement, 2 substitute,
    3 exact match, ? cannot say, q stop. Elsewhere the pairs are printed.

    \b
    baihuo label next --rater ann
    baihuo label next --rater ann --n 50 --json > ask.jsonl
    """
    from baihuo import flow
    from baihuo.cli.label_store import open_annotation
    from baihuo.cli.tables.labels import questions_table

    if objective not in ("difference", "ours"):
        raise BadInput(f"there is no --stake {objective!r}", fix="use difference or ours")
    rater = rater or getpass.getuser()
    with shop_context(shop) as (folder, progress), judgement_log(folder) as log:
        queue = open_annotation(folder, log, _queries(queries), progress=progress)
        known = cast('Literal["difference", "ours"]', objective)
        questions = queue.next(rater, n=n, at_us=flow.now_us(), objective=known)
    if not questions:
        stderr.print(f"nothing is left for {rater} to judge; give more queries with --queries FILE")
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
    from baihuo.cli.tables.labels import question_lines
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
    """Record one judgement, or a file of them. Rows that cannot be used are reported; the others are kept.

    Recording the same judgements again changes nothing.

    \b
    baihuo label record --query "usb hub" --product 4711 --grade 3 --rater ann
    baihuo label record answers.jsonl --rater ann
    """
    from baihuo import labels

    single = (query, product, grade)
    if (file is None) == all(x is None for x in single) or (file is None and None in single):
        raise BadInput(
            "either a file or one judgement is recorded",
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
        typer.Option(help="Who gave the grades (default: the columns or the name of the file)."),
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
    """Show how far raters agree, how often each is wrong and in which direction, and the doubtful pairs.

    \b
    baihuo label report
    baihuo label report --file individual_ratings.csv
    """
    from baihuo import flow, labels
    from baihuo.cli.tables.labels import raters_tables

    if file is not None:
        consensus = labels.consensus_of_ratings(labels.Ratings.of(labels.file_rows(file)))
        summary = labels.report(consensus, final=labels.final_grades(file))
    else:
        summary = labels.report(flow.consensus_grades(shop_folder(shop)))
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False, indent=2))
    elif summary["agreement"] is None:
        raise NotFound("nothing was judged yet", fix="run: baihuo label next")
    else:
        stdout.print(raters_tables(summary))


@label.command("export")
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


@label.command("audit")
def audit(
    kind: Annotated[str, typer.Argument(metavar="WHAT", help="clicks, categories or relevance.")],
    shop: ShopOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many examples to show.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Find labels that are likely wrong: how many, and examples, the most certain first.

    clicks: outcomes of the newest pages, which the click model was not trained on.
    categories: products whose texts look like another category (the check wrong_category).
    relevance: grades unlike those of similar products, and unlike what the index finds.

    \b
    baihuo label audit relevance
    baihuo label audit categories --limit 50 --json
    """
    from baihuo.cli.label_store import audit_labels
    from baihuo.cli.tables.labels import audit_tables

    with shop_context(shop) as (folder, _):
        report = audit_labels(folder, kind, n_examples=limit)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        stdout.print(audit_tables(report))
