"""``baihuo assist import``: what customer service may say, from files."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baihuo.cli.context import ShopOption, stderr
from baihuo.core import BadInput
from baihuo.settings import shop_folder

if TYPE_CHECKING:
    from baihuo.flow import ImportedKnowledge

_MOST_PROBLEMS = 20
_CUT = {
    "begin": "what is written before every answer",
    "end": "what is written behind every answer",
}


def import_(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="FAQ (Markdown, HTML, CSV, JSON) or past conversations (CSV, text)."),
    ] = None,
    shop: ShopOption = None,
    answers: Annotated[
        Path | None,
        typer.Option("--answers", help="Answers, line by line, to the questions in FILE."),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="A name for FILE (default: the file's).")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="Date of entries that name none, 2026-11-27 (default: now)."),
    ] = None,
    remove: Annotated[
        str | None, typer.Option("--remove", help="Forget this source instead.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Import what customer service may say. An import again replaces what the same source said before.

    Headings, or the columns question and answer, are FAQ. A CSV with conversation_id, at, author and text has past conversations;
    so have two text files of questions and answers, line by line. Past answers are masked and cleaned: what people write
    around every answer is cut, and each answer that is left out is counted with its reason. Rows that cannot be used are named; the others are kept.

    \b
    baihuo assist import faq.md returns.html
    baihuo assist import conversations.csv
    baihuo assist import questions.txt --answers answers.txt --source jddc --as-of 2018-06-01
    baihuo assist import --remove faq.md
    """
    from baihuo import flow

    folder = shop_folder(shop)
    if remove is not None:
        n = flow.remove_knowledge(folder, remove)
        stderr.print(f"{n:,} entries of {remove} are forgotten", markup=False, highlight=False)
        return
    if not files:
        raise BadInput("no file was given", fix="baihuo assist import FILE…")
    found = flow.import_knowledge(
        folder, files, answers=answers, source=source, as_of_us=_moment(as_of)
    )
    if as_json:
        typer.echo(json.dumps([_fields(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        _print(one)


def _moment(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(
            f"--as-of {text!r} is no date", fix="write it as --as-of 2026-11-27"
        ) from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000)


def _fields(one: ImportedKnowledge) -> dict[str, object]:
    reading, replaced = one.file.reading, one.replaced
    return {
        "source": one.file.source,
        "rows": reading.n_rows,
        "entries": len(reading.entries),
        "new": replaced.n_new,
        "changed": replaced.n_changed,
        "removed": replaced.n_removed,
        "masked": dict(reading.masked),
        "cut": {c.reason: {"n": c.n, "examples": c.examples} for c in reading.cut},
        "dropped": {d.reason: {"n": d.n, "examples": d.examples} for d in reading.dropped},
        "problems": [
            {"row": p.row, "field": p.field, "value": p.value[:200], "fix": p.fix}
            for p in reading.problems
        ],
    }


def _print(one: ImportedKnowledge) -> None:
    from baihuo.assist import DROP_REASONS

    reading, replaced = one.file.reading, one.replaced
    typer.echo(
        f"{one.file.source}: {reading.n_rows:,} rows, {len(reading.entries):,} entries "
        f"({replaced.n_new:,} new, {replaced.n_changed:,} changed, {replaced.n_removed:,} removed)"
    )
    for dropped in reading.dropped:
        typer.echo(f"  left out {dropped.n:,}: {DROP_REASONS[dropped.reason]}")
        typer.echo(f"    such as {dropped.examples[0]!r}")
    for cut in reading.cut:
        typer.echo(f"  cut {cut.n:,}: {_CUT[cut.reason]}")
        typer.echo(f"    such as {cut.examples[0]!r}")
    for kind, n in sorted(reading.masked.items()):
        typer.echo(f"  masked {n:,}: {kind}")
    for problem in reading.problems[:_MOST_PROBLEMS]:
        typer.echo(f"  not used: {problem}")
    if len(reading.problems) > _MOST_PROBLEMS:
        more = len(reading.problems) - _MOST_PROBLEMS
        typer.echo(f"  and {more:,} more that are not used: --json names all")
