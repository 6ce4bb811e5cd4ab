"""The commands of people's judgements: next, record, import, report, export, audit."""

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

from baihuo.cli.opened import ShopOption, opened, stderr, stdout
from baihuo.core import BadInput, NotFound
from baihuo.settings import Shop, shop_folder

if TYPE_CHECKING:
    from baihuo import labels
    from baihuo.events import JudgementLog

label = typer.Typer(
    help="Judgements by people: what to judge next, who said what, which labels are likely wrong.",
    no_args_is_help=True,
)
RaterOption = Annotated[str | None, typer.Option("--rater", help="Who judges (default: your login).")]  # fmt: skip
JsonOption = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
ChangeOption = Annotated[
    bool, typer.Option("--change", help="Grades unlike the rater's earlier ones are meant.")
]


@label.command("next")
def next_(
    shop: ShopOption = None,
    rater: RaterOption = None,
    n: Annotated[int, typer.Option("--n", min=1, max=1_000, help="How many pairs.")] = 10,
    queries: Annotated[
        Path | None, typer.Option(help="Queries, one a line (default: what is typed most).")
    ] = None,
    stake: Annotated[
        str, typer.Option(help="difference (of our nDCG@10 and BM25's) or ours (our nDCG@10).")
    ] = "difference",
    as_json: JsonOption = False,
) -> None:
    """Ask a rater for the judgements that would change the measurement most.

    At a terminal each pair is shown and a key answers: 0 has nothing to do with the query, 1 goes
    with what was meant, 2 nearly is it, 3 is it, ? cannot say, q stop. Elsewhere the pairs are printed.

    \b
    baihuo label next --rater ann
    baihuo label next --rater ann --n 50 --json > ask.jsonl
    """
    from baihuo import flow
    from baihuo.cli.judging import open_desk
    from baihuo.cli.label_rows import questions_table

    if stake not in ("difference", "ours"):
        raise BadInput(f"--stake {stake!r} means nothing", fix="say difference or ours")
    who = rater or getpass.getuser()
    with opened(shop) as (folder, progress), _log(folder) as log:
        desk = open_desk(folder, log, _queries(queries), progress=progress)
        at_stake = cast('Literal["difference", "ours"]', stake)
        found = desk.next(who, n=n, at_us=flow.now_us(), stake=at_stake)
    if not found:
        stderr.print(f"nothing is left for {who} to judge; name more queries with --queries FILE")
        return
    if as_json:
        for one in found:
            shown = {**asdict(one), "product": desk.shown(one.product_id)}
            typer.echo(json.dumps(shown, ensure_ascii=False))
    elif is_person():
        with _log(folder) as log:
            _ask(log, desk, found, who)
    else:
        stdout.print(questions_table(desk, found))


@label.command("record")
def record(
    file: Annotated[
        Path | None, typer.Argument(help="CSV or JSON lines: query, product, grade and rater.")
    ] = None,
    shop: ShopOption = None,
    query: Annotated[str | None, typer.Option(help="Of one judgement.")] = None,
    product: Annotated[str | None, typer.Option(help="Of one judgement.")] = None,
    grade: Annotated[str | None, typer.Option(help="0 to 3, or ? for cannot say.")] = None,
    rater: RaterOption = None,
    change: ChangeOption = False,
) -> None:
    """Write judgements down: one, or a file of them. Rows that cannot be used are told; the rest is kept.

    Sent again they change nothing.

    \b
    baihuo label record --query "usb hub" --product 4711 --grade 3 --rater ann
    baihuo label record answers.jsonl --rater ann
    """
    from baihuo import labels

    one = (query, product, grade)
    if (file is None) == all(x is None for x in one) or (file is None and None in one):
        raise BadInput(
            "nothing to record, or too much", fix="give a FILE, or --query, --product and --grade"
        )
    rows: Any = (
        [(1, {"query": query, "product": product, "grade": grade})]
        if file is None
        else labels.read_rows(file)
    )
    _record(shop_folder(shop), rows, rater or getpass.getuser(), is_change=change)


@label.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV: query, docid, rating; or NAME_rating columns.")],
    shop: ShopOption = None,
    rater: Annotated[
        str | None, typer.Option(help="Whose grades they are (default: the file's columns or name).")
    ] = None,
    change: ChangeOption = False,
) -> None:  # fmt: skip
    """Take over judgements made elsewhere: one column of grades, or a column NAME_rating a rater.

    \b
    baihuo label import individual_ratings.csv
    """
    from baihuo import labels

    found = labels.file_rows(file)
    rows = (
        (n, {"query": q, "product": p, "rater": rater or by, "grade": "?" if g is None else g})
        for n, (q, p, by, g) in enumerate(found, start=1)
        if g is not None
    )
    _record(shop_folder(shop), rows, rater or getpass.getuser(), is_change=change, unit="grade")


@label.command("report")
def report(
    shop: ShopOption = None,
    file: Annotated[
        Path | None, typer.Option(help="A file of ratings instead of the shop's judgements.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell how far raters agree, how often each errs and which way, and which pairs stay doubtful.

    \b
    baihuo label report
    baihuo label report --file individual_ratings.csv
    """
    from baihuo import flow, labels
    from baihuo.cli.label_rows import raters_tables

    if file is not None:
        settled = labels.settle_ratings(labels.Ratings.of(labels.file_rows(file)))
        told = labels.report(settled, final=labels.settled_in(file))
    else:
        told = labels.report(flow.settled(shop_folder(shop)))
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    elif told["agreement"] is None:
        raise NotFound("nothing was judged yet", fix="run: baihuo label next")
    else:
        stdout.print(raters_tables(told))


@label.command("export")
def export(
    shop: ShopOption = None,
    min_confidence: Annotated[
        float, typer.Option(min=0, max=1, help="Leave out grades less sure than this.")
    ] = 0.0,
) -> None:
    """Print what raters say together as a ratings.csv: query, docid, rating, confidence, n_raters.

    \b
    baihuo label export --min-confidence 0.8 > ratings.csv
    """
    from baihuo import flow

    settled = flow.settled(shop_folder(shop))
    if not len(settled):
        raise NotFound("nothing was judged yet", fix="run: baihuo label next")
    typer.echo(settled.to_csv(min_confidence=min_confidence), nl=False)


@label.command("audit")
def audit(
    what: Annotated[str, typer.Argument(help="clicks, categories or relevance.")],
    shop: ShopOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Examples shown.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Tell which labels are likely wrong, how many, and examples, the clearest first.

    clicks: outcomes of the newest pages, which the bundle's click model did not learn from.
    categories: products whose words are another category's (the check wrong_category).
    relevance: grades unlike those of like products, and unlike what the index knows of the pair.

    \b
    baihuo label audit relevance
    baihuo label audit categories --limit 50 --json
    """
    from baihuo.cli.judging import audit as audited
    from baihuo.cli.label_rows import audit_tables

    with opened(shop) as (folder, _):
        told = audited(folder, what, n_examples=limit)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        stdout.print(audit_tables(told))


def is_person() -> bool:
    """Whether somebody sits at the other end who can be asked."""
    return sys.stdin.isatty()


def _ask(log: JudgementLog, desk: labels.Desk, found: list[labels.Question], who: str) -> None:
    from baihuo import flow
    from baihuo.cli.label_rows import question_lines
    from baihuo.events import Judgement

    n_said = 0
    for number, one in enumerate(found, start=1):
        head = f"{number} of {len(found)}"
        stdout.print(question_lines(head, one, desk.shown(one.product_id)), markup=False)
        answer = ""
        while answer not in ("0", "1", "2", "3", "?", "q"):
            answer = typer.prompt("0 1 2 3 ? q", prompt_suffix=" > ", default="q").strip().lower()
        if answer == "q":
            break
        grade = None if answer == "?" else int(answer)
        said = Judgement(one.query_text, one.product_id, who, grade, flow.now_us())
        log.append([said], is_change=True)  # whoever is asked again has meanwhile said so elsewhere
        n_said += 1
    stderr.print(f"{n_said:,} recorded as {who}'s")


def _record(shop: Shop, rows: Any, rater: str, *, is_change: bool, unit: str = "judgement") -> None:
    from baihuo import flow, labels
    from baihuo.cli.judging import product_ids
    from baihuo.cli.label_rows import refused_lines

    products = product_ids(shop)
    with _log(shop) as log:
        done = labels.record_rows(
            log, rows, at_us=flow.now_us(), rater=rater, is_change=is_change,
            is_known=None if products is None else products.__contains__,
        )  # fmt: skip
    stderr.print(refused_lines(done.refused), markup=False, highlight=False, end="")
    counts = {"new": done.n_new, "known": done.n_known, "changed": done.n_changed, "refused": len(done.refused)}  # fmt: skip
    typer.echo(", ".join(f"{n:,} {name}" for name, n in counts.items()))
    if done.refused and not (done.n_new or done.n_known or done.n_changed):
        raise BadInput(f"no {unit} could be used", fix="see the reasons above")


def _queries(file: Path | None) -> list[str]:
    if file is None:
        return []
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError) as why:
        raise BadInput(
            f"{file} cannot be read: {why}", fix="give a file of queries, one a line"
        ) from why
    return [line.strip() for line in lines if line.strip()]


@contextmanager
def _log(shop: Shop) -> Iterator[JudgementLog]:
    from baihuo.events import JudgementLog

    log = JudgementLog(shop.judgements)
    try:
        yield log
    finally:
        log.close()
