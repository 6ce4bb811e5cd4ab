"""What the independent exam reports: JSON, and a page."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

from baihuo.dirt import Kind
from baihuo.engine import written_whole
from baihuo.exam.independent.grading import ACTIONS, Tally
from baihuo.exam.independent.kinds import ALL
from baihuo.exam.independent.run import is_for_reporting
from baihuo.exam.report import Share

FEW = 30  # cases: with fewer a kind is shown with its interval, and not counted as complete
HEADS = ("kind", "what it is", "planted", "found", "right check", "right action", "wrong repairs")


def to_dict(tally: Tally, *, seeds: list[int], data: str) -> dict[str, Any]:
    """Everything that was counted. Examples only of seeds for choosing."""
    kinds = [kind_dict(ALL[name], tally) for name in sorted(tally.scores, key=list(ALL).index)]
    looked_at = not any(map(is_for_reporting, seeds))
    return {
        "exam": "independent",
        "seeds": seeds,
        "seeds_are_for": "choosing" if looked_at else "reporting",
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
        "kinds": [k if looked_at else k | {"examples": []} for k in kinds],
        "wrong_findings": dict(tally.wrong_by_check.most_common()),
        "wrong_examples": tally.wrong_examples if looked_at else {},
    }


def share(n_right: int, n: int) -> dict[str, Any]:
    interval = Share(n_right, n)
    counts: dict[str, Any] = {"n": n, "n_right": n_right, "value": None}
    return counts | (interval.to_dict() or {})


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


def to_html(body: dict[str, Any]) -> str:
    """One page; everything that came from data is escaped."""

    def cells(tag: str, texts: list[str]) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(t)}</{tag}>" for t in texts) + "</tr>"

    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Independent exam</title>",
        "<style>body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:2rem auto}",
        "td,th{text-align:left;padding:.2rem .6rem;border-bottom:1px solid #8884}</style>",
        f"<h1>Independent exam</h1><p>{html.escape(str(body['data']))}; seeds {body['seeds']} ",
        f"(for {body['seeds_are_for']})</p><table>",
        *(cells("td", [name, text]) for name, text in sums_of(body)),
        "</table><h2>Kinds</h2><table>",
        cells("th", list(HEADS)),
        *(cells("td", row) for row in rows_of(body)),
        "</table><h2>Examples of what was not right</h2><ul>",
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


def write_report(body: dict[str, Any], out: Path) -> None:
    """``independent.json`` and ``independent.html`` in the folder ``out``, which is made if missing."""
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(body, ensure_ascii=False, indent=1)
    for name, content in (("independent.json", text + "\n"), ("independent.html", to_html(body))):
        with written_whole(out / name) as part:
            part.write_text(content, encoding="utf-8")
