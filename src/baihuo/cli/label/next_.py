"""``baihuo label next``: what a rater should judge next."""

from __future__ import annotations

import getpass
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.cli.label.judgement_log import judgement_log
from baihuo.cli.label.options import JsonOption, RaterOption
from baihuo.core import BadInput

if TYPE_CHECKING:
    from baihuo import labels
    from baihuo.events import JudgementLog


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
    from baihuo.cli.label.annotation import open_annotation
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
