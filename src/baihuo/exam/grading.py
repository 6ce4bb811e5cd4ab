"""From what was planted and what the product wrote to counts: by kind, by action, and of the clean copy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from baihuo.dirt import EVENTS, PRODUCTS, Dataset, Key, Kind, Shop
from baihuo.exam.kinds import ALL
from baihuo.exam.line import Finding, Outcome, Output, judge, plain, value_of

CHANGES = ("merge", "repair", "quarantine", "withhold")
ACTIONS = (*CHANGES, "note")
EXAMPLES = 4
MONEY = {"price", "currency"}  # one amount: with either wrong it is unknown
_COMPARED = {  # cells that a repair may change, by table
    EVENTS: (
        "event_type",
        "visitor_id",
        "session_id",
        "query_text",
        "product_id",
        "price_minor",
        "currency",
        "quantity",
        "rating",
        "text",
        "occurred_at_us",
        "position",
    ),
    PRODUCTS: (
        "title_en",
        "title_zh",
        "description_en",
        "description_zh",
        "brand",
        "price_minor",
        "currency",
        "category",
        "attributes",
    ),
}


@dataclass(slots=True)
class Score:
    """Counts of one kind."""

    planted: int = 0
    found: int = 0
    right_check: int = 0
    right_action: int = 0
    wrong_repairs: int = 0
    by_check: Counter[str] = field(default_factory=Counter)
    right_checks: Counter[str] = field(default_factory=Counter)  # cases that each of them found
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """All counts of an exam; one is added up over rounds and seeds."""

    scores: dict[str, Score] = field(default_factory=dict)
    right_of: Counter[str] = field(default_factory=Counter)  # findings, by check
    wrong_of: Counter[str] = field(default_factory=Counter)
    not_checked: tuple[str, ...] = ()  # of the clean copy, as the checks say it
    right: Counter[str] = field(default_factory=Counter)  # findings, by action
    wrong: Counter[str] = field(default_factory=Counter)
    wrong_by_check: Counter[str] = field(default_factory=Counter)
    wrong_examples: dict[str, list[str]] = field(default_factory=dict)
    harmed: int = 0  # cells without dirt that got another value, in rounds
    clean_rows: Counter[str] = field(default_factory=Counter)
    clean_touched: Counter[str] = field(default_factory=Counter)
    clean_noted: Counter[str] = field(default_factory=Counter)
    clean_by_check: Counter[str] = field(default_factory=Counter)
    rounds: int = 0
    seconds: float = 0.0


def grade_clean(tally: Tally, shop: Shop, output: Output) -> None:
    """Count what was touched of rows without dirt."""
    touched: dict[str, set[Any]] = {EVENTS: set(), PRODUCTS: set()}
    noted: dict[str, set[Any]] = {EVENTS: set(), PRODUCTS: set()}
    for n, finding in enumerate(output.findings):
        where = touched if finding.action in CHANGES else noted
        where[finding.table].add(finding.key or n)
        tally.clean_by_check[f"{finding.table} {finding.check} {finding.action}"] += 1
    for table in (EVENTS, PRODUCTS):
        tally.clean_rows[table] += len(shop.table(table))
        tally.clean_touched[table] += len(touched[table])
        tally.clean_noted[table] += len(noted[table])
    tally.not_checked = output.not_checked


def grade_round(tally: Tally, copy: Dataset, output: Output, clean: Output, shop: Shop) -> None:
    """Count one copy with dirt. ``shop`` is what it is a copy of."""
    known = {(f.key, f.check) for f in clean.findings} if copy.shop.is_real else set()
    output.findings = [f for f in output.findings if (f.key, f.check) not in known]
    by_key: dict[Key, list[Finding]] = {}
    for finding in output.findings:
        if finding.key is not None:
            by_key.setdefault(finding.key, []).append(finding)
    written = {r.key: r.values for t in (EVENTS, PRODUCTS) for r in copy.shop.table(t)}
    outcomes = [judge(c, ALL[c.kind], output, by_key, written) for c in copy.cases]
    for outcome in outcomes:
        add_outcome(tally.scores.setdefault(outcome.case.kind, Score()), outcome, written)
    follows = followers(copy, written, shop)
    dirty = dirty_columns(copy, shop)
    grade_findings(tally, outcomes, output, follows, written, dirty)
    tally.harmed += len(harmed(output, clean, follows, dirty))
    tally.rounds += 1


def add_outcome(score: Score, outcome: Outcome, written: dict[Key, dict[str, Any]]) -> None:
    score.planted += 1
    score.found += outcome.is_found
    score.right_check += outcome.is_right_check
    score.right_action += outcome.is_right_action
    score.wrong_repairs += bool(outcome.wrong)
    names = {finding.check for finding in outcome.findings}
    score.right_checks.update(names & ALL[outcome.case.kind].checks)
    silent = f"nothing, cell {outcome.cell or 'gone'}" if outcome.case.field else "nothing"
    score.by_check.update({f"{f.check} {f.action}" for f in outcome.findings} or {silent})
    if (outcome.is_right_action and outcome.is_right_check) or len(score.examples) >= EXAMPLES:
        return
    case = outcome.case
    row = written.get(case.rows[0], {}) if case.rows else {"lost": case.span_us}
    cell = row.get((case.field or "").partition(".")[0]) if case.field else row
    did = ", ".join(f"{f.check} {f.action}" for f in outcome.findings) or "nothing"
    wrote = f"; wrote {outcome.wrong[:120]!r}" if outcome.wrong else ""
    score.examples.append(f"{str(cell)[:260]!r}, clean {str(case.clean)[:120]!r}: {did}{wrote}")


def found_by(tally: Tally, check: str) -> tuple[int, int]:
    """Return how many cases a check found, and how many it should have found: of the kinds that name it, those that no other named check found.

    A kind that names several checks counts for those that found any of its cases: which of the others it is for is unknown.
    """
    found = planted = 0
    for name, score in tally.scores.items():
        checks = ALL[name].checks
        if check in checks and (len(checks) == 1 or score.right_checks[check]):
            found += score.right_checks[check]
            planted += score.right_checks[check] + score.planted - score.right_check
    return found, planted


def followers(copy: Dataset, written: dict[Key, dict[str, Any]], shop: Shop) -> set[Key]:
    """Rows of which findings follow from dirt elsewhere.

    They are named by a case, are of a dirty product, or are of the same visitor and product as another row with dirt,
    by that row as it is now or as it was when it was clean.
    """
    keys = {key for case in copy.cases for key in case.related}
    dirty = {
        key for case in copy.cases for key in (*case.rows, *case.related) if key[0] == PRODUCTS
    }
    names = {str(written[key].get("product_id")) for key in dirty if key in written}
    names |= {f"P{100000 + key[1]}" for key in dirty}
    names |= {str(case.clean) for case in copy.cases if case.field == "product_id"}
    before = {row.key: row.values for row in shop.events}
    cases_of: dict[tuple[str, str], set[int]] = {}
    own: dict[Key, int] = {}
    for n, case in enumerate(copy.cases):
        for key in case.rows:
            own[key] = n
            for values in (written.get(key), before.get(key)):
                if key[0] == EVENTS and values is not None:
                    cases_of.setdefault(_pair(values), set()).add(n)
    for key, values in written.items():
        if key[0] != EVENTS:
            continue
        others = cases_of.get(_pair(values), set()) - {own.get(key)}
        if others or str(values.get("product_id")) in names:
            keys.add(key)
    return keys


def _pair(event: dict[str, Any]) -> tuple[str, str]:
    """Who and what: a purchase that went leaves its cancellation without one."""
    return str(event.get("visitor_id")), str(event.get("product_id"))


def dirty_columns(copy: Dataset, shop: Shop) -> dict[Key, set[str] | None]:
    """Of each row of a case, the columns that were changed; None of a row that was added or is no row any more."""
    before = {r.key: r.values for t in (EVENTS, PRODUCTS) for r in shop.table(t)}
    in_case = {key for case in copy.cases for key in case.rows}
    columns: dict[Key, set[str] | None] = {}
    for row in (*copy.shop.events, *copy.shop.products):
        if row.key in in_case:
            was = before.get(row.key)
            is_other = row.raw is not None or was is None
            changed = differing(was or {}, row.values)
            columns[row.key] = None if is_other else changed | (MONEY if changed & MONEY else set())
    return columns


def differing(was: dict[str, Any], now: dict[str, Any]) -> set[str]:
    """
    >>> sorted(differing({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 3}))
    ['b', 'c']
    """
    return {name for name in {**was, **now} if was.get(name) != now.get(name)}


def grade_findings(
    tally: Tally,
    outcomes: Iterable[Outcome],
    output: Output,
    follows: set[Key],
    written: dict[Key, dict[str, Any]],
    dirty: dict[Key, set[str] | None],
) -> None:
    """Which findings are right, by their action."""
    case_of = {key: o for o in outcomes for key in o.case.rows}
    matched = {id(f) for o in outcomes if not o.case.rows for f in o.findings}
    for finding in output.findings:
        outcome = case_of.get(finding.key) if finding.key else None
        planted = ALL[outcome.case.kind] if outcome else None
        if planted is not None and finding.check in planted.also | planted.apart:
            continue
        if outcome is not None:
            columns = dirty.get(finding.key) if finding.key else None
            is_right = is_right_finding(finding, outcome, ALL[outcome.case.kind], columns)
            if not is_right and finding.action == "note" and finding.key in follows:
                continue
        elif id(finding) in matched:
            is_right = True
        elif finding.key in follows or (finding.key is None and not finding.table):
            continue
        else:
            is_right = False
        counted = tally.right if is_right else tally.wrong
        counted[finding.action] += 1
        if is_right or outcome is None or finding.action != "note":
            # a note on dirt that another check is for is neither
            (tally.right_of if is_right else tally.wrong_of)[finding.check] += 1
        if not is_right:
            of = outcome.case.kind if outcome else "clean row"
            label = f"{finding.table} {finding.check} {finding.action}"
            tally.wrong_by_check[label] += 1
            shown = tally.wrong_examples.setdefault(label, [])
            if len(shown) < EXAMPLES:
                row = written.get(finding.key, {}) if finding.key else {}
                name = finding.detail.get("field")
                cell = row.get(str(name)) if name in row else row
                shown.append(f"{of}: {str(finding.detail)[:200]} in {str(cell)[:200]!r}")


def is_right_finding(
    finding: Finding, outcome: Outcome, kind: Kind, dirty: set[str] | None
) -> bool:
    """Whether the action is right for a row with dirt. To leave out a sound value of it is wrong; a note about a changed cell is right, whichever check makes it.

    ``dirty``: the columns that were changed; None stands for any.
    """
    column = str(finding.detail.get("field") or "").partition(".")[0].removesuffix("_minor")
    if finding.action == "note":
        is_named = not kind.checks or finding.check in kind.checks
        return is_named or (column != "" and (dirty is None or column in dirty))
    if finding.action == "repair":
        is_wrong = outcome.wrong and is_of_cell(finding, outcome)
        return not is_wrong and bool(outcome.actions & kind.actions - {"note"})
    if finding.action == "withhold":
        may_be_left_out = "withhold" in kind.actions or (
            outcome.cell == "clean" and bool(outcome.actions & kind.actions & {"repair"})
        )
        return may_be_left_out and (dirty is None or not column or column in dirty)
    return finding.action in kind.actions


def is_of_cell(finding: Finding, outcome: Outcome) -> bool:
    """Whether a finding is about the dirty cell, or of no cell in particular."""
    column = outcome.case.field
    return column is None or plain(finding.detail.get("field")) in (
        plain(column),
        plain(column.partition(".")[0]),
        plain(f"{column}_minor"),
        "none",
    )


def harmed(
    output: Output, clean: Output, follows: set[Key], dirty: dict[Key, set[str] | None]
) -> list[tuple[Key, str]]:
    """Cells without dirt that the product changed: not the value of the clean copy, and not withheld."""
    found = []
    for key, kept in output.kept.items():
        before = clean.kept.get(key)
        if before is None or key in dirty or key in follows:
            continue
        for column in _COMPARED[key[0]]:
            now, was = value_of(kept, column), value_of(before, column)
            if now is not None and plain(now) != plain(was):
                found.append((key, column))
    return found
