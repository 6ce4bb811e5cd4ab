"""The evaluation of customer service as one HTML page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from baihuo.assist.evaluation.report import ServiceReport
from baihuo.evaluate import (
    Axes,
    DrawnSection,
    Mark,
    Point,
    curve_chart,
    drawn_page,
    interval_chart,
)

_SHARES = {
    "answered": "answered",
    "right_of_answered": "of these right",
    "asked_back": "asked back",
    "handed_over": "handed over",
    "declined": "declined",
    "handed_over_who_wanted": "handed over, of who wanted a person or was angry",
    "handed_over_others": "handed over, of all others",
}


def service_page(report: ServiceReport, *, shop: str, bundle_id: str | None) -> str:
    """The page; ``bundle_id`` is whose weights served."""
    facts = [
        shop,
        f"bundle {bundle_id}" if bundle_id else "nothing is learned",
        f"{report.n_turns:,} messages of {report.n_conversations:,} conversations",
    ]
    return drawn_page(
        "Customer service on conversations that it did not learn from",
        facts,
        [
            DrawnSection("What became of messages", _outcome_words(report), [_shares(report)]),
            DrawnSection("Understanding", _intent_words(report)),
            DrawnSection("Answers", _answer_words(report.answers), _answer_charts(report.answers)),
            DrawnSection("Wrong answers by intent", (), [_wrong(report)]),
            DrawnSection("Slices", (), [_slices(report)]),
        ],
    )


def _outcome_words(report: ServiceReport) -> list[str]:
    words = [
        f"{kind}: "
        + ", ".join(f"{n:,} {outcome.replace('_', ' ')}" for outcome, n in counts.items())
        for kind, counts in report.outcomes.items()
    ]
    return [*words, f"Facts that were said without a source: {report.n_without_sources:,}."]


def _shares(report: ServiceReport) -> tuple[str, str]:
    title = "Shares of messages"
    marks = [
        Mark.of(report.shares[name], words, "ours" if name == "right_of_answered" else "other")
        for name, words in _SHARES.items()
        if name in report.shares
    ]
    return title, interval_chart(marks, title)


def _intent_words(report: ServiceReport) -> list[str]:
    words = []
    if report.intents.get("n"):
        words.append(
            f"Intents that are right: {_shown(report.intents['accuracy'])} of {report.intents['n']:,}."
        )
        if report.intents["entity_f1"] is not None:
            words.append(
                f"F1 of {report.intents['n_entities']:,} entities: {report.intents['entity_f1']:.3f}."
            )
    if "auroc" in report.off_topic:
        words.append(
            f"Not the shop's business: AUROC {report.off_topic['auroc']:.3f}, {report.off_topic['n']:,} messages."
        )
    return words


def _answer_words(answers: Mapping[str, Any]) -> list[str]:
    if "recall1" not in answers:
        return []
    return [
        f"Of {answers['n']:,} questions, {_shown(answers['coverage_at_90'])} are answered where 90% of answers are right.",
        f"P(right) is off by {answers['ece']:.3f} on average.",
    ]


def _answer_charts(answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    if "recall1" not in answers:
        return []
    charts = []
    for name, words in (("recall1", "recall@1"), ("recall5", "recall@5"), ("mrr", "MRR")):
        marks = [
            Mark.of(answers[name], "ours", "ours"),
            Mark("BM25", answers["bm25"][name], css="baseline"),
        ]
        charts.append((words, interval_chart(marks, words)))
    risk, curve = answers["risk"], answers["reliability"]
    points = [Point(*at) for at in zip(risk["coverage"], risk["risk"], strict=True)]
    title = "Risk against coverage, the surest answers first"
    axes = Axes("share of questions that is answered", "share of these that is wrong")
    charts.append((title, curve_chart({"ours": points}, axes, title)))
    title = "Calibration: on the diagonal, p happens p of the time"
    points = [Point(*at) for at in zip(curve["predicted"], curve["observed"], strict=True)]
    axes = Axes("P(right)", "right", with_diagonal=True)
    charts.append((title, curve_chart({"P(right)": points}, axes, title)))
    return charts


def _wrong(report: ServiceReport) -> tuple[str, str]:
    title = "Share of messages of an intent that got a wrong answer"
    marks = [
        Mark(intent, one["wrong"] / one["n"], css="worst", note=f"{one['wrong']} of {one['n']}")
        for intent, one in report.wrong_by_intent.items()
    ]
    return title, interval_chart(marks, title) if marks else ""


def _slices(report: ServiceReport) -> tuple[str, str]:
    title = "Right of what was answered"
    marks = [
        Mark(
            name,
            one["right_of_answered"],
            note=f"{one['n']:,} messages, {one['answered']:.0%} answered",
        )
        for name, one in report.slices.items()
        if one["right_of_answered"] is not None
    ]
    return title, interval_chart(marks, title) if marks else ""


def _shown(interval: Mapping[str, float]) -> str:
    return f"{interval['mid']:.1%} [{interval['low']:.1%}, {interval['high']:.1%}]"
