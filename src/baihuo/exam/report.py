"""What the exam reports: JSON, and a page; by check and by kind of dirt, each share with its 95% interval."""

from __future__ import annotations

import html
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

from baihuo.core import QualityStop
from baihuo.dirt import Kind
from baihuo.engine import written_whole
from baihuo.exam.grading import ACTIONS, Tally, found_by
from baihuo.exam.kinds import ALL

SCHEMA_VERSION = 2
"""Raised when a field of ``exam.json`` changes its meaning or goes; added ones do not raise it."""
FEW = 30  # cases: with fewer a kind or check is shown with its interval, and counts as neither good nor bad
BAR = 0.9  # recall and precision of a check
HEADS = ("kind", "what it is", "planted", "found", "right check", "right action", "wrong repairs")
CHECK_HEADS = ("check", "faults", "found", "recall", "findings", "precision", "met")
Outcome: TypeAlias = Literal["met", "not met", "too few", "false alarms", "not examined"]
_MET = {"met": "yes", "not met": "no", "too few": "few", "false alarms": "no"}
Z_95 = 1.959964


class CheckLike(Protocol):
    """What the report says of a check; :class:`baihuo.quality.Check` has it."""

    @property
    def name(self) -> str: ...
    @property
    def step(self) -> str: ...
    @property
    def on(self) -> str: ...
    @property
    def action(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ExamReport:
    """What was planted and found: ``body`` is what the JSON holds."""

    body: dict[str, Any]

    def kind_rows(self) -> list[list[str]]:
        """A line for each kind of dirt, under ``HEADS``."""
        return rows_of(self.body)

    def check_rows(self) -> list[list[str]]:
        """A line for each check that was examined, under ``CHECK_HEADS``."""
        return check_rows_of(self.body)

    def not_examined(self) -> list[tuple[str, str]]:
        """The other checks, and why."""
        return [(c["check"], c["reason"]) for c in self.body["checks"] if not _is_judged(c)]

    def sums(self) -> list[tuple[str, str]]:
        """Name and text of each total."""
        return sums_of(self.body)

    def below(self, lowest: float) -> list[str]:
        """In words, what is below ``lowest`` (0 to 1): "recall of bot is 0.72 (18 of 25)"."""
        return [
            f"{name} of {check['check']} is {share['value']:.2f} ({share['n_right']} of {share['n']})"
            for check in self.body["checks"]
            for name in ("recall", "precision")
            if (share := check[name])["n"] and share["value"] < lowest
        ]

    def raise_if_below(self, lowest: float) -> None:
        """
        Raises:
            QualityStop: a check's recall or precision is below ``lowest``.
        """
        if words := self.below(lowest):
            fix = "look at the examples in exam.html; thresholds of checks are in quality.yaml"
            raise QualityStop(f"below {lowest:g}: {'; '.join(words)}", fix=fix)

    def to_json(self) -> str:
        return json.dumps(self.body, ensure_ascii=False, indent=1) + "\n"

    def write(self, out: Path, name: str = "exam") -> None:
        """Write ``exam.json`` and ``exam.html`` to the folder ``out``, which is made if missing."""
        out.mkdir(parents=True, exist_ok=True)
        for suffix, content in (("json", self.to_json()), ("html", to_html(self))):
            with written_whole(out / f"{name}.{suffix}") as part:
                part.write_text(content, encoding="utf-8")


def to_dict(
    tally: Tally,
    *,
    exam: str = "independent",
    seeds: list[int],
    data: str,
    is_shown: bool = True,
    checks: Sequence[CheckLike] = (),
    reasons: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return everything that was counted.

    Args:
        is_shown: with examples: not of seeds for reporting.
        reasons: why a check could not be examined, by its name.
    """
    kinds = [kind_dict(ALL[name], tally) for name in sorted(tally.scores, key=list(ALL).index)]
    of_checks = [check_dict(check, tally, (reasons or {}).get(check.name, "")) for check in checks]
    return {
        "exam": exam,
        "schema_version": SCHEMA_VERSION,
        "seeds": seeds,
        "seeds_are_for": "choosing" if is_shown else "reporting",
        "data": data,
        "copies": tally.rounds,
        "cpu_seconds": round(tally.seconds, 1),
        "totals": totals(kinds),
        "totals_by_hand": {
            hand: totals([k for k in kinds if k["hand"] == hand])
            for hand in dict.fromkeys(k["hand"] for k in kinds)
        },
        "actions": {a: share(tally.right[a], tally.right[a] + tally.wrong[a]) for a in ACTIONS},
        "cells_without_dirt_changed": tally.harmed,
        "clean_copy": {
            table: share(tally.clean_touched[table], tally.clean_rows[table])
            | {"noted": tally.clean_noted[table]}
            for table in tally.clean_rows
        },
        "clean_copy_findings": dict(tally.clean_by_check.most_common()),
        "kinds": [k if is_shown else k | {"examples": []} for k in kinds],
        "wrong_findings": dict(tally.wrong_by_check.most_common()),
        "wrong_examples": tally.wrong_examples if is_shown else {},
        "outcomes": dict(Counter(check["outcome"] for check in of_checks)),
        "checks": of_checks,
    }


def share(n_right: int, n: int) -> dict[str, Any]:
    counts: dict[str, Any] = {"n": n, "n_right": n_right, "value": None}
    return counts | (Share(n_right, n).to_dict() or {})


def check_dict(check: CheckLike, tally: Tally, reason: str) -> dict[str, Any]:
    """Return the counts of one check: cases of kinds that name it, those it found, its findings."""
    recall = Share(*found_by(tally, check.name))
    n_right, n_wrong = tally.right_of[check.name], tally.wrong_of[check.name]
    # of a check of the shop's own, without a kind, what is right is unknown
    is_known = check.step != "own" or recall.n
    precision = Share(n_right, n_right + n_wrong) if is_known else Share(0, 0)
    before = (name for name in tally.clean_by_check if name.split()[1] == check.name)
    return {
        "check": check.name,
        "step": check.step,
        "table": check.on,
        "action": check.action,
        "kinds": [name for name in tally.scores if check.name in ALL[name].checks],
        "n_injected": recall.n,
        "n_found": recall.n_right,
        "n_findings": precision.n,
        "n_right": precision.n_right,
        "n_before": sum(tally.clean_by_check[name] for name in before),
        "recall": share(recall.n_right, recall.n),
        "precision": share(precision.n_right, precision.n),
        "outcome": outcome_of(recall, precision),
        "reason": reason,
    }


def outcome_of(recall: Share, precision: Share) -> Outcome:
    """Say whether a check does what is asked. Where nothing was planted for it, a finding is a false alarm; and a few cases prove nothing.

    >>> outcome_of(Share(60, 60), Share(60, 60)), outcome_of(Share(2, 2), Share(2, 2))
    ('met', 'too few')
    >>> outcome_of(Share(0, 0), Share(0, 8)), outcome_of(Share(0, 0), Share(0, 0))
    ('false alarms', 'not examined')
    """
    if not recall.n:
        return "false alarms" if precision.n > precision.n_right else "not examined"
    if recall.n < FEW and min(recall.high, precision.high) >= BAR:
        return "too few"
    is_met = min(recall.value or 0.0, precision.value or 0.0) >= BAR
    return "met" if is_met else "not met"


def _is_judged(check: dict[str, Any]) -> bool:
    return check["outcome"] != "not examined"


def check_rows_of(body: dict[str, Any]) -> list[list[str]]:
    return [
        [
            c["check"],
            f"{c['n_injected']:,}",
            f"{c['n_found']:,}",
            short(c["recall"]),
            f"{c['n_findings']:,}",
            short(c["precision"]),
            _MET[c["outcome"]],
        ]
        for c in body["checks"]
        if _is_judged(c)
    ]


def short(part: dict[str, Any]) -> str:
    """
    >>> short(share(9, 10)), short(share(0, 0))
    ('0.90 .60–.98', '–')
    """
    if not part["n"]:
        return "–"
    low, high = (f"{part[end]:.2f}".removeprefix("0") for end in ("low", "high"))
    return f"{part['value']:.2f} {low}–{high}"


def kind_dict(kind: Kind, tally: Tally) -> dict[str, Any]:
    score = tally.scores[kind.name]
    return {
        "kind": kind.name,
        "words": kind.words,
        "hand": kind.hand,
        "table": kind.table,
        "right_checks": sorted(kind.checks),
        "right_actions": sorted(kind.actions),
        "planted": score.planted,
        "found": score.found,
        "by_right_check": score.right_check,
        "right_action": score.right_action,
        "wrong_repairs": score.wrong_repairs,
        "found_share": share(score.found, score.planted),
        "is_complete": score.found == score.planted and not score.wrong_repairs,
        "is_few": score.planted < FEW,
        "what_was_done": dict(score.by_check.most_common(6)),
        "examples": score.examples,
    }


def totals(kinds: list[dict[str, Any]]) -> dict[str, Any]:
    counted = [k for k in kinds if not k["is_few"]]
    n = max(1, len(counted))
    return {
        "kinds": len(counted),
        "kinds_with_few_cases": len(kinds) - len(counted),
        "kinds_found_completely": share(sum(k["is_complete"] for k in counted), len(counted)),
        "average_share_found": round(sum(k["found"] / k["planted"] for k in counted) / n, 4),
        "average_share_by_right_check": round(
            sum(k["by_right_check"] / k["planted"] for k in counted) / n, 4
        ),
        "average_share_right_action": round(
            sum(k["right_action"] / k["planted"] for k in counted) / n, 4
        ),
        "wrong_repairs": sum(k["wrong_repairs"] for k in kinds),
        "kinds_with_wrong_repairs": sum(k["wrong_repairs"] > 0 for k in kinds),
    }


def rows_of(body: dict[str, Any]) -> list[list[str]]:
    """The table of kinds, as text; a star marks what is complete."""
    return [
        [
            k["kind"],
            k["words"],
            str(k["planted"]) + (" (few)" if k["is_few"] else ""),
            f"{k['found']}{' *' if k['is_complete'] and not k['is_few'] else ''}",
            str(k["by_right_check"]),
            str(k["right_action"]),
            str(k["wrong_repairs"] or ""),
        ]
        for k in body["kinds"]
    ]


def sums_of(body: dict[str, Any]) -> list[tuple[str, str]]:
    """The totals, a name and a text each."""
    sums, clean = body["totals"], body["clean_copy"]
    lines = [
        ("kinds found completely", interval(sums["kinds_found_completely"])),
        ("rows found, mean of kinds", f"{sums['average_share_found']:.3f}"),
        ("by a right check, mean of kinds", f"{sums['average_share_by_right_check']:.3f}"),
        ("right action, mean of kinds", f"{sums['average_share_right_action']:.3f}"),
        (
            "wrong repairs",
            f"{sums['wrong_repairs']} in {sums['kinds_with_wrong_repairs']} kinds; "
            f"{body['cells_without_dirt_changed']} cells without dirt changed",
        ),
    ]
    lines += [
        (f"findings with the action {action} that are right", interval(found))
        for action, found in body["actions"].items()
        if found["n"]
    ]
    if len(body["totals_by_hand"]) > 1:
        lines += [
            (f"kinds of the {hand} hand found completely", _kinds_and_rows(part))
            for hand, part in body["totals_by_hand"].items()
        ]
    return lines + [
        (f"{table} of the clean copy touched", f"{interval(part)}; noted {part['noted']}")
        for table, part in clean.items()
    ]


def _kinds_and_rows(sums: dict[str, Any]) -> str:
    return f"{interval(sums['kinds_found_completely'])}; rows {sums['average_share_found']:.3f}"


def interval(part: dict[str, Any]) -> str:
    """
    >>> interval(share(9, 10))
    '9 of 10 (0.9, 0.5958 to 0.9821)'
    """
    if not part["n"]:
        return "none"
    values = f"{part['value']:.4g}, {part['low']:.4f} to {part['high']:.4f}"
    return f"{part['n_right']:,} of {part['n']:,} ({values})"


def to_html(report: ExamReport) -> str:
    """Return one page; everything that came from data is escaped."""
    body = report.body

    def table(rows: list[Sequence[str]], head: Sequence[str] = ()) -> str:
        cells = [("th", head)] * bool(head) + [("td", row) for row in rows]
        lines = (
            "<tr>" + "".join(f"<{tag}>{html.escape(t)}</{tag}>" for t in row) for tag, row in cells
        )
        return "<table>" + "\n".join(lines) + "</table>"

    title = "Independent exam" if body["exam"] == "independent" else "Exam of the checks"
    parts = [
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{title}</title>",
        "<style>body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:2rem auto}",
        "td,th{text-align:left;padding:.2rem .6rem;border-bottom:1px solid #8884}</style>",
        f"<h1>{title}</h1><p>{html.escape(str(body['data']))}; seeds {body['seeds']} ",
        f"(for {body['seeds_are_for']})</p>",
        table(list(report.sums())),
        "<h2>Checks</h2>",
        table(list(report.check_rows()), CHECK_HEADS),
        "<h2>Checks that were not examined</h2>",
        table(list(report.not_examined())),
        "<h2>Kinds of dirt</h2>",
        table(list(report.kind_rows()), HEADS),
        "<h2>Examples of what was not right</h2><ul>",
        *(
            f"<li><b>{html.escape(k['kind'])}</b>: {html.escape(text)}</li>"
            for k in body["kinds"]
            for text in k["examples"]
        ),
        "</ul><h2>Wrong findings</h2><ul>",
        *(
            f"<li><b>{html.escape(name)}</b> ({n}) "
            f"{html.escape('; '.join(body['wrong_examples'].get(name, [])))}</li>"
            for name, n in body["wrong_findings"].items()
        ),
        "</ul></html>",
    ]
    return "\n".join(parts)


@dataclass(frozen=True, slots=True)
class Share:
    """``n_right`` of ``n``, 0 to 1; without any (``n`` is 0) it has no value.

    >>> share = Share(9, 10)
    >>> share.value, round(share.low, 3), round(share.high, 3)
    (0.9, 0.596, 0.982)
    """

    n_right: int
    n: int

    @property
    def value(self) -> float | None:
        """The share itself; None of nothing."""
        return self.n_right / self.n if self.n else None

    @property
    def low(self) -> float:
        """Lower end of the 95% interval."""
        return self._ends()[0]

    @property
    def high(self) -> float:
        """Upper end of the 95% interval."""
        return self._ends()[1]

    def _ends(self) -> tuple[float, float]:
        """Wilson's score interval (1927): never outside 0 to 1, and wide where ``n`` is small."""
        if not self.n:
            return 0.0, 1.0
        share, z2 = self.n_right / self.n, Z_95**2
        centre = (share + z2 / (2 * self.n)) / (1 + z2 / self.n)
        half = sqrt(share * (1 - share) / self.n + z2 / (4 * self.n**2)) * Z_95 / (1 + z2 / self.n)
        return max(centre - half, 0.0), min(centre + half, 1.0)

    def to_dict(self) -> dict[str, float] | None:
        """Value and interval, as the JSON holds them; None of nothing."""
        if self.value is None:
            return None
        return {name: round(getattr(self, name), 5) for name in ("value", "low", "high")}
