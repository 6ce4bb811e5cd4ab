"""How good the checks are: docs/quality.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from baihuo.exam import Share
from suites.tables.markdown import Row, table

FEWEST = 30  # faults: of fewer nothing is claimed


def _outcome(mark: Row) -> str:
    """As ``baihuo.exam.outcome_of``; lines recorded by earlier versions do not say it themselves."""
    if "outcome" in mark:
        return str(mark["outcome"])
    if not mark["n_planted"]:
        return "false alarms"
    if mark["n_planted"] < FEWEST and mark["is_met"]:
        return "too few"
    return "met" if mark["is_met"] else "not met"


def _cell(mark: Row | None) -> str:
    """Precision / recall of how many; bold where the bar is missed, with the interval where there are too few."""
    if mark is None:
        return "–"
    outcome = _outcome(mark)
    if outcome == "false alarms":
        return f"**– ({mark.get('n_wrong', mark['n_found'])} wrong)**"
    text = f"{mark['precision']:.3f} / {mark['recall']:.3f} of {mark['n_planted']}"
    if outcome == "too few":
        recall = Share(round(mark["recall"] * mark["n_planted"]), mark["n_planted"])
        return f"{text} ({recall.low:.2f}–{recall.high:.2f})"
    return text if outcome == "met" else f"**{text}**"


def drift(rows: list[Row]) -> str:
    return table(
        ["check", "asked", "precision", "recall", "columns that moved", "weeks as they were"],
        (
            [
                f"`{r['check']}`",
                r["asked"],
                f"{r['precision']:.3f}",
                f"{r['recall']:.3f}",
                r["n_planted"],
                r["n_steady"],
            ]
            for r in rows
            if "check" in r
        ),
    )


def quality(rows: list[Row]) -> str:
    """A line a check, a pair of columns a data set; what the summaries say below."""
    sums = [r for r in rows if "checks" in r]
    names = [r["data"] for r in sums]
    marks = {(r["data"], r["check"]): r for r in rows if "recall" in r}

    def cells(check: str) -> Iterable[object]:
        asked = next(m["asked"] for (_, c), m in marks.items() if c == check)
        yield from (f"`{check}`", asked)
        for name in names:
            m = marks.get((name, check))
            yield _cell(m)

    by_check = table(["check", "asked", *names], map(cells, sorted({c for _, c in marks})))
    summaries = []
    for r in sums:
        first = next(
            x for x in rows if x["data"] == r["data"] and ("touched" in x or "real_dirt" in x)
        )
        ground = (
            f"{first['touched']:.3%} of {first['clean_rows']:,} clean rows touched"
            if "touched" in first
            else f"{first['real_dirt']:.1%} of {first['rows']:,} rows touched as they came, "
            f"{first['ground_rows']:,} rows with nothing found planted in"
        )
        outcomes = Counter(_outcome(m) for (data, _), m in marks.items() if data == r["data"])
        n_judged = outcomes["met"] + outcomes["not met"] + outcomes["false alarms"]
        few = (
            f", {outcomes['too few']} with fewer than {FEWEST} faults"
            if outcomes["too few"]
            else ""
        )
        alarms = outcomes["false alarms"]
        wrong = f" ({alarms} found something where nothing was planted)" if alarms else ""
        summaries.append(
            f"- {r['data']}: {outcomes['met']} of {n_judged} checks met{wrong}{few}; {ground}."
        )
    return by_check + "\n\n" + "\n".join(summaries)
