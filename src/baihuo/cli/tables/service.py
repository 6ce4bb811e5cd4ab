"""The evaluation of customer service, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from baihuo.assist import ServiceReport
from baihuo.cli.tables.cells import count, empty_table

_OUTCOMES = ("right", "wrong", "asked_back", "handed_over", "declined")
_SHARES = {
    "answered": "answered",
    "right_of_answered": "of these right",
    "asked_back": "asked back",
    "handed_over": "handed over",
    "declined": "declined",
    "handed_over_who_wanted": "handed over, of who wanted a person or was angry",
    "handed_over_others": "handed over, of all others",
}


def service_tables(report: ServiceReport) -> list[Table]:
    """Figures with their intervals, what became of messages, and where answers were wrong."""
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
            "not our business, AUROC",
            count(report.off_topic["n"]),
            f"{report.off_topic['auroc']:.3f}",
            "",
        )
    for name, words in _SHARES.items():
        if name in report.shares:
            table.add_row(words, "", _share(report.shares[name]), "")
    table.add_row("facts said without a source", "", count(report.n_without_sources), "")
    return table


def _outcomes(report: ServiceReport) -> Table:
    table = empty_table(
        "What became of messages", "wanted", *(o.replace("_", " ") for o in _OUTCOMES)
    )
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
