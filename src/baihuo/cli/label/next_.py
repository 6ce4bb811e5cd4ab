"""``baihuo label next``: what a rater should judge, asked at a terminal."""

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
    from baihuo.cli.label.annotation import open_annotation
    from baihuo.cli.tables.labels import questions_table

    if stake not in ("difference", "ours"):
        raise BadInput(f"--stake {stake!r} means nothing", fix="say difference or ours")
    who = rater or getpass.getuser()
    with shop_context(shop) as (folder, progress), judgement_log(folder) as log:
        desk = open_annotation(folder, log, _queries(queries), progress=progress)
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
        with judgement_log(folder) as log:
            _ask(log, desk, found, who)
    else:
        stdout.print(questions_table(desk, found))


def is_person() -> bool:
    """Whether somebody sits at the other end who can be asked."""
    return sys.stdin.isatty()


def _ask(
    log: JudgementLog, desk: labels.AnnotationDesk, found: list[labels.Question], who: str
) -> None:
    from baihuo import flow
    from baihuo.cli.tables.labels import question_lines
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
