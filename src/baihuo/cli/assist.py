"""``baihuo assist``: one function a command."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from baihuo.cli.context import ShopOption, shop_context, stderr, stdout
from baihuo.cli.tables import count, empty_table
from baihuo.core import BadInput, NotFound
from baihuo.settings import shop_folder

if TYPE_CHECKING:
    from baihuo.assist import ServiceReport, TakenTurn
    from baihuo.flow import ImportedKnowledge


# ``baihuo assist orders``: one function a command.


orders = typer.Typer(
    help="Orders for customer service, if no other system keeps them.",
    no_args_is_help=True,
)


_MOST_NAMED = 20


@orders.command("import")
def import_orders(
    files: Annotated[
        list[Path],
        typer.Argument(help="CSV, JSON or JSON lines; or a folder in the form of tau-bench."),
    ],
    shop: ShopOption = None,
    currency: Annotated[
        str | None, typer.Option(help="Currency of prices without one (default: the shop's).")
    ] = None,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Also replace orders that were changed here after their import."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Read orders into the shop. A CSV has a line for each item, JSON an object for each order; docs/assist_acts.md has the fields.

    An order with an unusable row is left out: the report names row, field, value and fix. Orders that customer service changed stay as they
    are.

    \b
    baihuo assist orders import orders.csv
    baihuo assist orders import orders.jsonl --currency EUR --json
    baihuo assist orders import ../data/taubench
    """
    from baihuo import flow

    done = flow.import_orders(shop_folder(shop), files, currency=currency, replace=replace)
    counts = {
        "orders": len(done.batch.orders),
        "shoppers": len(done.batch.shoppers),
        "products": len(done.batch.products),
        "kept": done.n_kept,
        "rows_refused": len(done.refused),
    }
    if as_json:
        refused = [{"where": r.where, "why": r.why} for r in done.refused]
        typer.echo(json.dumps({**counts, "refused": refused}, ensure_ascii=False, indent=2))
    else:
        typer.echo(", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in counts.items()))
    for row in done.refused[:_MOST_NAMED]:
        stderr.print(f"{row.where}: {row.why}", markup=False, highlight=False)
    if len(done.refused) > _MOST_NAMED:
        more = len(done.refused) - _MOST_NAMED
        stderr.print(f"and {more:,} more; --json has all", markup=False)


@orders.command("from-events")
def from_events(shop: ShopOption = None) -> None:
    """Make orders from the checked log's purchases, for a shop without another order system. The buyer's browser can ask for them:
    products, time, price. The log has no shipments, so only a person changes such an order. Run it again after each `baihuo check`: known
    orders stay.

    \b
    baihuo assist orders from-events
    """
    from baihuo import flow

    n_orders = flow.make_orders_from_events(shop_folder(shop))
    typer.echo(f"{n_orders:,} orders in the log")


@orders.command("forget")
def forget(
    shopper_id: Annotated[str, typer.Argument(metavar="SHOPPER", help="Id of the shopper.")],
    shop: ShopOption = None,
) -> None:
    """Remove a shopper from the shop's orders: profile, orders, and changes by customer service. `baihuo forget` removes a visitor
    everywhere else, and here only orders made from events. Imported orders are your books, which the law may require: only this command
    removes them. Leave the shopper out of later imports.

    \b
    baihuo assist orders forget ada@example.com
    """
    from baihuo import flow

    n_orders = flow.forget_shopper(shop_folder(shop), shopper_id)
    typer.echo(f"removed, with {n_orders:,} orders")


assist = typer.Typer(
    help="Customer service: chat in the terminal, knowledge, evaluation.",
    no_args_is_help=True,
)


@assist.command("chat")
def chat(
    message: Annotated[
        list[str] | None, typer.Argument(help="Messages in order; none: type them.")
    ] = None,
    shop: ShopOption = None,
    shopper: Annotated[
        str | None, typer.Option("--shopper", help="Chat as this shopper of the orders.")
    ] = None,
    product: Annotated[
        str | None, typer.Option("--product", help="As on the page of this product.")
    ] = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Show each stage's result and time.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a reply.")] = False,
) -> None:
    """Chat with customer service as a shopper does. The conversation is not stored; order changes are made after a yes.

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
    """Yield lines from the keyboard or a pipe."""
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
    "begin": "text before every answer",
    "end": "text after every answer",
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
        typer.Option("--as-of", help="Date of entries without one, 2026-11-27 (default: now)."),
    ] = None,
    remove: Annotated[
        str | None, typer.Option("--remove", help="Forget this source instead.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Import the knowledge of customer service. A new import replaces the same source.

    Headings, or the columns question and answer, are FAQ. A CSV with conversation_id, at, author and text has past conversations;
    so have two text files of questions and answers, line by line. Past answers are masked and cleaned: greetings and signatures are cut,
    and answers left out are counted by reason. Unusable rows are named; the others are imported.

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
        raise BadInput("give a file", fix="baihuo assist import FILE…")
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
            f"--as-of {text!r} is not a date", fix="write it as --as-of 2026-11-27"
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
        typer.echo(f"  and {more:,} more unused rows: --json names all")


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
    """Check the knowledge of customer service. It finds answers to one question that differ in a number, price, time, or yes and no, or
    contradict a number of policy.yaml; answers that are old or name a past date; answers about unsold products; unanswered questions of
    shoppers; and entries never used, because they contain instructions to the model, scripts or personal contacts.

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
        bool, typer.Option("--rules", help="Each rule in plain text, in both languages.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Check policy.yaml and print the complete policy with defaults. A wrong value is named with its line, setting and fix. The output can
    be saved as policy.yaml.

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
            help="Conversations with labelled intents (JSON lines); default: the shop's held-out ones."
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
    """Replay held-out conversations and compare customer service with their labels: intents, entities, answers against BM25, risk against
    coverage (the share answered at 90% right), calibration of P(right), clarifying questions, handovers, refusals, and wrong answers by
    intent. The shop and its orders do not change. Staff answers from these conversations are left out of the knowledge.

    \b
    baihuo assist evaluate
    baihuo assist evaluate --page service.html
    baihuo assist evaluate --truth another/truth/service.jsonl --json
    """
    from baihuo import flow

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


# The evaluation of customer service, as tables.


_OUTCOMES = ("right", "wrong", "asked_back", "handed_over", "declined")
_SHARES = {
    "answered": "answered",
    "right_of_answered": "of these, right",
    "asked_back": "asked back",
    "handed_over": "handed over",
    "declined": "declined",
    "handed_over_who_wanted": "handed over, if asking for a person or angry",
    "handed_over_others": "handed over, of all others",
}


def service_tables(report: ServiceReport) -> list[Table]:
    """Build tables of measures with intervals, outcomes of messages, and wrong answers."""
    tables = [_figures(report), _outcomes(report)]
    return [*tables, _wrong(report)] if report.wrong_by_intent else tables


def _figures(report: ServiceReport) -> Table:
    title = f"Customer service on {report.n_turns:,} messages of {report.n_conversations:,} conversations"
    table = empty_table(f"{title}, 95% intervals", "what", "messages", "value", "BM25")
    intents, answers = report.intents, report.answers
    if intents.get("n"):
        table.add_row("intents right", count(intents["n"]), _share(intents["accuracy"]), "")
        if intents["entity_f1"] is not None:
            n = count(intents["n_entities"])
            table.add_row("F1 of entities", n, f"{intents['entity_f1']:.3f}", "")
    if "recall1" in answers:
        n, bm25 = count(answers["n"]), answers["bm25"]
        for name, words in (("recall1", "recall@1"), ("recall5", "recall@5"), ("mrr", "MRR")):
            table.add_row(words, n, _number(answers[name]), f"{bm25[name]:.3f}")
        table.add_row("recall@1 over BM25", n, _number(answers["recall1_over_bm25"], "+.3f"), "")
        table.add_row("answered at 90% right", n, _share(answers["coverage_at_90"]), "")
        table.add_row("P(right) off by", n, f"{answers['ece']:.3f}", "")
    if "auroc" in report.off_topic:
        table.add_row(
            "off topic, AUROC",
            count(report.off_topic["n"]),
            f"{report.off_topic['auroc']:.3f}",
            "",
        )
    for name, words in _SHARES.items():
        if name in report.shares:
            table.add_row(words, "", _share(report.shares[name]), "")
    table.add_row("facts without a source", "", count(report.n_without_sources), "")
    return table


def _outcomes(report: ServiceReport) -> Table:
    table = empty_table("Outcomes of messages", "wanted", *(o.replace("_", " ") for o in _OUTCOMES))
    for kind, counts in report.outcomes.items():
        table.add_row(kind.replace("_", " "), *(count(counts.get(o, 0)) for o in _OUTCOMES))
    return table


def _wrong(report: ServiceReport) -> Table:
    table = empty_table("Wrong answers by intent", "intent", "messages", "wrong")
    for intent, one in report.wrong_by_intent.items():
        table.add_row(intent, count(one["n"]), count(one["wrong"]))
    return table


def _share(interval: Mapping[str, Any]) -> str:
    return f"{interval['mid']:.1%} [{interval['low']:.1%}, {interval['high']:.1%}]"


def _number(interval: Mapping[str, Any], form: str = ".3f") -> str:
    return f"{interval['mid']:{form}} [{interval['low']:{form}}, {interval['high']:{form}}]"
