"""``baihuo assist``: one function a command."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baihuo.cli.assist_orders import orders
from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.core import BadInput, NotFound
from baihuo.settings import shop_folder

if TYPE_CHECKING:
    from baihuo.assist import TakenTurn
    from baihuo.flow import ImportedKnowledge

assist = typer.Typer(
    help="Customer service: a conversation in the terminal, what it may answer from, and how well it does.",
    no_args_is_help=True,
)


@assist.command("chat")
def chat(
    message: Annotated[
        list[str] | None, typer.Argument(help="Messages, one after the other; none: type them.")
    ] = None,
    shop: ShopOption = None,
    shopper: Annotated[
        str | None, typer.Option("--shopper", help="Speak as this shopper of the orders.")
    ] = None,
    product: Annotated[
        str | None, typer.Option("--product", help="As on the page of this product.")
    ] = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Show what each stage found, and its time.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a reply.")] = False,
) -> None:
    """Talk to customer service as a shopper does. Nothing is written down; changes of orders are made, after a yes.

    \b
    baihuo assist chat
    baihuo assist chat "How long does delivery take?" --trace
    baihuo assist chat "取消我的订单 W1001" 是 --shopper anna_1
    printf 'hello\\nwhere is my order?\\n' | baihuo assist chat --json
    """
    from baihuo import flow

    with flow.open_talk(shop_folder(shop), shopper_id=shopper, product_id=product) as talk:
        for text in message or _typed():
            taken = talk.say(text)
            if as_json:
                typer.echo(json.dumps(_turn_fields(taken, trace), ensure_ascii=False))
            else:
                _print_turn(taken, trace)


def _typed() -> Iterator[str]:
    """Lines from the keyboard or a pipe, until it ends."""
    is_terminal = sys.stdin.isatty()
    while True:
        if is_terminal:
            stderr.print("> ", end="")
        line = sys.stdin.readline()
        if not line:
            return
        if line.strip():
            yield line.strip()


def _turn_fields(taken: TakenTurn, trace: bool) -> dict[str, object]:
    reply, decision = taken.reply, taken.decision
    fields: dict[str, object] = {
        "text": reply.text,
        "language": reply.language,
        "decision": decision.kind,
        "reason": decision.reason,
        "source_ids": reply.source_ids,
        "product_ids": reply.product_ids,
        "order_ids": reply.order_ids,
        "options": reply.options,
        "is_generated": reply.is_generated,
        "is_handed_over": reply.is_handed_over,
    }
    if trace:
        fields["intent"] = taken.understanding.intent
        fields["steps"] = [
            {"stage": s.stage, "ms": s.ms, "note": s.note, "failure": s.failure}
            for s in taken.steps
        ]
    return fields


def _print_turn(taken: TakenTurn, trace: bool) -> None:
    reply = taken.reply
    for sentence in reply.sentences:
        source = f"   ({', '.join(sentence.source_ids)})" if sentence.source_ids else ""
        typer.echo(sentence.text + source)
    if reply.product_ids:
        typer.echo("  products: " + ", ".join(reply.product_ids))
    for option in reply.options:
        typer.echo(f"  [{option}]")
    if trace:
        for step in taken.steps:
            line = f"{step.stage:11} {step.ms:7.1f} ms  {step.note}  {step.failure}"
            stderr.print(line.rstrip(), markup=False, highlight=False)


_MOST_PROBLEMS = 20
_CUT = {
    "begin": "what is written before every answer",
    "end": "what is written behind every answer",
}


@assist.command("import")
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
        typer.echo(json.dumps([_knowledge_fields(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        _print_knowledge(one)


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


def _knowledge_fields(one: ImportedKnowledge) -> dict[str, object]:
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


def _print_knowledge(one: ImportedKnowledge) -> None:
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


@assist.command("check")
def check(
    shop: ShopOption = None,
    stale_days: Annotated[
        int, typer.Option("--stale-days", min=1, help="Older answers are stale.")
    ] = 365,
    fail: Annotated[
        bool, typer.Option("--fail", help="Exit with 3 if anything was found.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Check what customer service may say.

    It finds answers to one question that differ in a number, a price, a time, or in yes and no, or that say another number than policy.yaml; answers that are
    old or name a date that is over; answers about products that are not sold; questions of shoppers that nobody answered; and entries that are never
    said, because an instruction to the machine, a script or somebody's contact is planted in them.

    \b
    baihuo assist check
    baihuo assist check --stale-days 180 --fail
    """
    from baihuo import flow

    report = flow.check_shop_knowledge(shop_folder(shop), stale_days=stale_days)
    if as_json:
        findings = [
            {"kind": f.kind, "source_ids": f.source_ids, "what": f.what, "fix": f.fix}
            for f in report.findings
        ]
        fields = {"entries": report.n_entries, "counts": report.counts, "findings": findings}
        typer.echo(json.dumps(fields, ensure_ascii=False))
    else:
        for finding in report.findings:
            few = 0 < len(finding.source_ids) <= 4
            where = f" ({', '.join(finding.source_ids)})" if few else ""
            typer.echo(f"{finding.kind}: {finding.what}{where}\n  fix: {finding.fix}")
        stderr.print(f"{report.n_entries:,} entries, {len(report.findings):,} findings")
    if fail and report.findings:
        raise typer.Exit(3)


@assist.command("policy")
def policy(
    shop: ShopOption = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Another file than the shop's policy.yaml.")
    ] = None,
    rules: Annotated[
        bool, typer.Option("--rules", help="Each rule with what it says, in both languages.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Check policy.yaml and print the policy that holds: what it says, and the defaults of what it leaves out.

    A value that cannot be used is named with its line, its setting, its value and what to write instead. What is printed can be
    kept as policy.yaml.

    \b
    baihuo assist policy
    baihuo assist policy --rules
    baihuo assist policy --file new_policy.yaml > shop/policy.yaml
    """
    import yaml

    from baihuo.assist import RULE_NAMES, Policy

    if file is not None and not file.exists():
        raise NotFound(f"there is no file {file}", fix="give the path of a policy.yaml")
    found = Policy.of(file or shop_folder(shop).policy_file)
    for warning in found.warnings():
        stderr.print(f"warning: {warning}", markup=False, highlight=False)
    shown: dict[str, object] = found.settings.model_dump(mode="json")
    if rules:
        shown = {name: dict(found.text_of(name)) for name in RULE_NAMES}
    if as_json:
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        typer.echo(yaml.safe_dump(shown, allow_unicode=True, sort_keys=False, width=120), nl=False)


@assist.command("evaluate")
def evaluate(
    shop: ShopOption = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            help="Conversations of which it is known what was meant (JSON lines); default: those of the shop that nothing was learned from."
        ),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html", help="Write it as one HTML page with charts, to this file."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Say conversations to customer service that it did not learn from, and compare what it does with what was meant.

    Intents, entities, answers beside BM25, risk against coverage (the share that is answered where 90% is right), calibration of
    P(right), what was asked back, handed over and declined, and wrong answers by intent. Nothing is written into the shop, and no
    order is changed. What people of the shop answered in these conversations is not in the knowledge while they are said.

    \b
    baihuo assist evaluate
    baihuo assist evaluate --page service.html
    baihuo assist evaluate --truth another/truth/service.jsonl --json
    """
    from baihuo import flow
    from baihuo.cli.tables.service import service_tables

    if page is not None and (page.is_dir() or not page.parent.is_dir()):
        raise BadInput(
            f"{page} cannot be written: {'it is a folder' if page.is_dir() else 'its folder is missing'}",
            fix="name a file in a folder that exists: --page service.html",
        )
    with shop_context(shop) as (folder, progress):
        evaluated = flow.evaluate_assist(folder, truth=truth, progress=progress)
    if page is not None:
        from baihuo.engine import written_whole

        with written_whole(page) as part:
            part.write_text(evaluated.page, encoding="utf-8")
        stderr.print(f"page: {page}", markup=False, soft_wrap=True)
    if as_json:
        typer.echo(json.dumps(evaluated.report.to_json(), ensure_ascii=False))
        return
    for table in service_tables(evaluated.report):
        stdout.print(table)


assist.add_typer(orders, name="orders")
