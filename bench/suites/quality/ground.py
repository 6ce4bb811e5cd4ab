"""The rows that ``bench/quality.py`` puts faults into: cleaned, and of real files only those without a finding."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from baihuo import connect, privacy, quality
from baihuo.connect.rows import Kind
from baihuo.engine import DuckTables
from baihuo.exam import CheckOptions, Finding, Workspace, load_rows
from baihuo.privacy import PSEUDONYM
from suites.quality.seeds import Purpose, keep_part

APART_US = 1_800_000_000  # half an hour without an act ends a session
ROUNDS = 8  # of taking rows out: without one row another can look odd
EMPTY_LOG_US = 1_760_000_000_000_000  # our clock where there is no event


def ground(
    files: list[Path],
    work: Path,
    tables: DuckTables,
    *,
    pictures: Path,
    n_events: int,
    purpose: Purpose | None = None,
) -> Workspace:
    """Rows of ``files``; of a long log the first ``n_events``, with the clock of the whole.

    Args:
        purpose: of real files the part that is for it; None: rows made for this run.
    """
    connect.import_files(
        connect.data_files(files),
        raw=work / "raw",
        tables=tables,
        mask=privacy.column_mask(b"an exam"),
    )
    segments: dict[Kind, list[Path]] = {
        "events": connect.segments(work / "raw", "events"),
        "products": connect.segments(work / "raw", "products"),
    }
    rows = load_rows(tables, segments, max_events=10**9)
    now_us = max((row["received_at_us"] for row in rows["events"]), default=EMPTY_LOG_US)
    if purpose is None:
        del rows["events"][n_events:]
    else:
        keep_part(rows, purpose, n_events=n_events)
    options = CheckOptions(rules=quality.QualityRules(), now_us=now_us, pictures=pictures)
    return Workspace(rows, work, tables, options)


def remove_found(rows: Workspace, found: list[Finding]) -> list[Finding]:
    """Take every row with a finding away, and events of products that went; again until nothing is found.

    Answers what is still found in the end.
    """
    for n in range(ROUNDS):
        if not found:
            break
        dirty = {(finding.table, finding.line) for finding in found}
        gone = {
            row["product_id"] for row in rows.rows["products"] if ("products", row["line"]) in dirty
        }
        for table, of_table in rows.rows.items():
            of_table[:] = [
                row
                for row in of_table
                if (table, row["line"]) not in dirty
                and not (table == "events" and row["product_id"] in gone)
            ]
        found = rows.run_checks(f"without_{n}").findings
    return found


def remove_masked(rows: Workspace) -> int:
    """Take out what the sample shop's people typed of themselves, which its import masked: every such cell is a finding, and
    rightly. Answers how many rows went."""
    kept = [
        row
        for row in rows.rows["events"]
        if not any(isinstance(cell, str) and PSEUDONYM.search(cell) for cell in row.values())
    ]
    n_gone = len(rows.rows["events"]) - len(kept)
    rows.rows["events"][:] = kept
    return n_gone


def remove_torn(rows: Workspace) -> int:
    """Take out what the sample shop's people do and no session can: begin one while another of theirs goes on at the
    same device (which is one session with two ids), or rate one line of an order twice.

    Answers how many rows went. It looks at the log alone, not at what checks find.
    """
    torn = _torn_sessions(rows)
    rated: set[tuple[str, ...]] = set()
    kept = []
    for row in rows.rows["events"]:
        line = (str(row["order_id"]), str(row["product_id"]), row["visitor_id"])
        is_second = row["event_type"] == "review" and line in rated
        if row["event_type"] == "review":
            rated.add(line)
        if str(row["session_id"]) not in torn and not is_second:
            kept.append(row)
    n_gone = len(rows.rows["events"]) - len(kept)
    rows.rows["events"][:] = kept
    return n_gone


def _torn_sessions(rows: Workspace) -> set[str]:
    visits: dict[tuple[str, ...], list[list[int]]] = defaultdict(list)
    times: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row in rows.rows["events"]:
        if row["event_type"] not in ("cancel", "review", "purchase"):
            where = tuple(str(row[k]) for k in ("visitor_id", "device", "platform", "session_id"))
            times[where].append(row["occurred_at_us"])
    names, torn = list(times), set()
    for n, of_session in enumerate(times.values()):
        visits[names[n][:3]].append([min(of_session), max(of_session), n])
    for of_visitor in visits.values():
        until_us = 0
        for start_us, end_us, n in sorted(of_visitor):
            if start_us < until_us + APART_US:
                torn.add(names[n][3])
            else:
                until_us = max(until_us, end_us)
    return torn
