"""Shared by tables: an empty table, counts, intervals."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import JustifyMethod
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from baihuo.connect import ImportRecord
    from baihuo.quality import (
        Finding,
        GroupNote,
        Preview,
        QualityReport,
        QuarantinedRow,
        RowLineage,
        StepCount,
        Verdict,
        WithheldValues,
    )

_NUMBER_COLUMNS = set(
    "rows in|kept|quarantined|values withheld|merged|repaired|noted|masked|nDCG@10|pages|judged|also by others|wrong|off by|kappa|"
    "kappa, linear|pairs|same grade|confidence|labels|in|out|ms|position|score|propensity".split(
        "|"
    )
)


def empty_table(title: str, *columns: str) -> Table:
    """Make an empty table; columns of numbers are right-aligned."""
    table = Table(
        title=title,
        box=box.SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        collapse_padding=True,
    )
    for name in columns:
        min_width = 27 if name == "" else None  # names of checks, in a terminal of 80 columns
        is_number = name in _NUMBER_COLUMNS
        justify: JustifyMethod = "right" if is_number else "left"
        table.add_column(
            name, justify=justify, overflow="fold", min_width=min_width, no_wrap=is_number
        )
    return table


def dense_table(title: str, first: str, *, padding: int | tuple[int, int, int, int]) -> Table:
    """Make an empty table of many columns; ``first`` names its rows."""
    table = Table(
        title=title,
        box=box.SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        padding=padding,
        pad_edge=False,
    )
    table.add_column(first, overflow="fold", min_width=18)
    return table


def interval(value: dict[str, float]) -> str:
    """Format a value with the ends of its interval."""
    return f"{value['mid']:+.4f} [{value['low']:+.4f}, {value['high']:+.4f}]"


def count(number: int) -> str:
    """Format a count with thousands separators."""
    return f"{number:,}"


# Single rows as text: in quarantine, and their lineage.


_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]")


def printable(text: str) -> str:
    """Escape control characters and direction marks for printing.

    >>> printable("\x1b[2Jlamp\u202e")
    '\\\\x1b[2Jlamp\\\\u202e'
    """
    return _CONTROLS.sub(lambda m: ascii(m[0])[1:-1], text)


def counts_table(counts: list[dict[str, Any]]) -> Table:
    """Build a table of quarantined rows by check."""
    table = Table(title="In quarantine", box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for name in ("table", "step", "check"):
        table.add_column(name)
    table.add_column("rows", justify="right")
    for count in counts:
        table.add_row(count["table"], count["step"], count["check"], f"{count['n']:,}")
    return table


def quarantine_table(rows: list[QuarantinedRow]) -> Table:
    """Build a table with a short line for each row."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("row", "table", "check", "content"):
        table.add_column(name, overflow="fold")
    for kept in rows:
        name = kept.values.get("event_id") or kept.values.get("product_id") or (kept.raw or "")[:60]
        waiting = f" (sent back as {kept.waiting})" if kept.waiting else ""
        content = escape(printable(f"{name}{waiting}"))
        table.add_row(kept.row_id, kept.table, escape(kept.check), content)
    return table


def _with_times(values: dict[str, Any]) -> dict[str, Any]:
    from baihuo.quality import with_times

    return with_times(values)


def quarantined_row_lines(kept: QuarantinedRow) -> str:
    """Format one row in full."""
    lines = [f"row {kept.row_id} of {kept.table}: quarantined by {kept.check} ({kept.step})"]
    if kept.rejected:
        lines.append(f"rejected by {kept.rejected.by}: {kept.rejected.why}")
    if kept.waiting:
        lines.append(f"sent back in as {kept.waiting}; the next `baihuo check` reads it")
    lines += [f"  {name}: {_text(value)}" for name, value in _with_times(kept.values).items()]
    if kept.raw is not None:
        lines.append(f"as in its file: {kept.raw}")
    if any(v is not None for v in kept.detail.values()):
        lines.append(f"detail: {_text(_with_times(kept.detail))}")
    if kept.fix:
        lines.append(f"fix: {kept.fix}")
    return printable("\n".join(lines))


def note_lines(number: int, note: GroupNote, verdicts: Sequence[Verdict]) -> str:
    """Format a note about a group, with who accepted it since the check."""
    verdict = next((v for v in verdicts if v.covers(note)), None)
    accepted = f"\n    accepted by {verdict.by}: {verdict.why}" if verdict else ""
    rows = f"{count(note.n_rows)} row{'s' * (note.n_rows != 1)}"
    return printable(f"{number:>3} {note}\n    {note.check}, {rows}{accepted}")


def verdict_lines(verdict: Verdict) -> str:
    """Format what a person accepted, with the reason."""
    at = datetime.fromtimestamp(verdict.at_us / 1e6, UTC)
    end = f", until {verdict.until}" if verdict.until else ""
    said = f"accepted by {verdict.by} on {at:%Y-%m-%d}{end}: {verdict.why}"
    return printable(f"{verdict.number:>3} {verdict.note}\n    {said}")


def preview_lines(seen: Preview) -> str:
    """Format a row's preview: its outcome, and each check's result."""
    row = f"row {seen.row.row_id} of {seen.row.table}"
    if seen.refused is not None:
        lines = [f"{row} would be refused by the import: {seen.refused}", f"  fix: {seen.fix}"]
        return printable("\n".join(lines))
    lines = [f"{row} would {'be used' if seen.is_clean else 'be quarantined again'}"]
    for one in seen.findings:
        detail = _with_times({k: v for k, v in one.detail.items() if v is not None})
        lines.append(
            f"  {one.action} by {one.check}: {one.why} {_text(detail) if detail else ''}".rstrip()
        )
    lines.append("nothing was changed; the next `baihuo check` looks at the whole log")
    return printable("\n".join(lines))


def lineage_lines(lineage: RowLineage) -> str:
    """Format the lineage of one row, oldest first."""
    lines = [f"row {lineage.row_id} of {lineage.table}: {lineage.where}"]
    when = ""
    if lineage.imported_at_us is not None:
        at = datetime.fromtimestamp(lineage.imported_at_us / 1e6, UTC)
        when = f", imported {at:%Y-%m-%d %H:%M:%S} UTC as {lineage.format}"
    lines.append(f"  imported from {lineage.source}, line {lineage.line}{when}")
    if sent := lineage.sent_in:
        lines.append(
            f"  {_SENT_IN.get(sent['what'], sent['what'])} by {sent['by']} at {sent['at']}: {sent['why']} (before: row {sent.get('from')})"
        )
        for name, values in (sent.get("set") or {}).items():
            lines.append(f"    {name}: {_text(values['old'])} → {_text(values['new'])}")
    lines.append(f"  as imported: {_row(lineage.raw)}")
    for w in lineage.withheld:
        value = f"{w['field']} {w['value']!r}"
        lines.append(f"  withheld at import: {value} ({w['reason']}); fix: {w['fix']}")
    for f in lineage.findings:
        detail = _with_times(f["detail"])
        change = _text(detail) if detail else ""
        if "old" in detail and "new" in detail:
            change = f"{detail.get('field')}: {_text(detail['old'])} → {_text(detail['new'])}"
        lines.append(
            f"  {f['action']} by {f['check']} (version {f['rule_version']}) {change}".rstrip()
        )
    if lineage.rules_version:
        lines.append(f"  checked in run {lineage.run_id} by rules {lineage.rules_version}")
    if lineage.clean is not None and lineage.clean != lineage.raw:
        lines.append(f"  as used for training: {_row(lineage.clean)}")
    lines += [f"  bundle {u.bundle_id}: used {u.used}: {u.why}" for u in lineage.uses]
    return printable("\n".join(lines))


_SENT_IN = {"mended": "fixed", "readmitted": "released"}  # the words in the list of imports


def _row(row: dict[str, Any] | str | None) -> str:
    return _text(_with_times(row) if isinstance(row, dict) else row)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


# What the checks did, as a table.


_MOST_VALUE = 40  # characters of an unreadable value
_MOST_EXAMPLES = 3  # of them; report.html and `baihuo lineage` have more


def steps_table(report: QualityReport) -> Table:
    """Build a table of rows in = kept + quarantined + merged, for each step, with the counts of its checks below."""
    table = empty_table(
        "What the checks did", "", "rows in", "kept", "quarantined", "merged", "repaired", "noted"
    )
    for name in ("products", "events"):
        total = report.table(name)
        refused = next((r for r in report.refused if r.table == name), None)
        withheld = next((w for w in report.withheld if w.table == name), None)
        if not total.n_in and refused is None:
            continue
        if refused is not None:
            table.add_row(
                f"{name}: refused at import",
                count(refused.n_read),
                "",
                count(refused.n_refused),
            )
            for reason, n in refused.reasons.items():
                table.add_row(f"  {reason}", "", "", count(n), style="dim")
        if withheld is not None:
            _withheld(table, withheld)
        noted = {f.step for f in report.noted if f.table == name}
        idle_steps = [
            s.step
            for s in report.steps
            if s.table == name and s.step not in noted and not (s.touched or s.n_erased)
        ]
        for s in (s for s in report.steps if s.table == name and s.step not in idle_steps):
            _count(table, f"{name}: {s.step}", s)
            for f in report.findings:
                if (f.step, f.table) == (s.step, s.table):
                    cells = [
                        count(f.n_rows) if f.action == a else ""
                        for a in ("quarantine", "merge", "repair", "note")
                    ]
                    table.add_row(f"  {_check(f)}", "", "", *cells, style="dim")
        if idle_steps:
            table.add_row(f"  nothing found: {', '.join(idle_steps)}", style="dim")
        if name == "products":
            for line in report.looked_at:
                table.add_row(f"  {line}", style="dim")
        _count(table, f"{name}: in all", total, style="bold")
        table.add_section()
    return table


def _check(finding: Finding) -> str:
    """Return a check's name, with the number of faults if one has many rows (a bot, a flood)."""
    if not finding.largest:
        return finding.check
    return f"{finding.check}, {count(finding.n_findings)} finding{'s' * (finding.n_findings != 1)}"


def _withheld(table: Table, withheld: WithheldValues) -> None:
    """Add unreadable values; their rows were imported, so no column of rows counts them."""
    line = f"{withheld.table}: withheld at import, {_values(withheld.n_withheld)}"
    table.add_row(line, count(withheld.n_read))
    for reason, n in withheld.reasons.items():
        table.add_row(f"  {reason}, {_values(n)}", style="dim")
    for x in withheld.examples[:_MOST_EXAMPLES]:
        value = str(x["value"])[:_MOST_VALUE]
        cell = escape(printable(f"{x['field']} {value!r}"))
        example = f"  row {x['row_id']}: {cell}; {escape(x['fix'])}"
        table.add_row(example, style="dim")


def _values(n: int) -> str:
    return f"{count(n)} value{'s' * (n != 1)}"


def _count(table: Table, name: str, s: StepCount, style: str = "") -> None:
    table.add_row(
        name,
        count(s.n_in),
        count(s.n_kept),
        count(s.n_quarantined),
        count(s.n_merged),
        count(s.n_repaired),
        count(s.n_noted),
        style=style,
    )


# Imports as a table.


def imports_table(records: list[ImportRecord]) -> Table:
    """Build a table by file of rows imported and refused, values withheld and cells masked."""
    table = empty_table(
        "Imports", "", "rows in", "kept", "quarantined", "values withheld", "masked"
    )
    for r in records:
        name = ", ".join(f.rsplit("/", 1)[-1] for f in r.files)
        counts = (r.n_in, r.n_kept, r.n_quarantined, r.n_withheld, r.n_masked)
        table.add_row(f"{r.kind}: {name}", *map(count, counts))
        for reason in sorted({*r.reasons, *r.withheld}, key=lambda x: -_n(r, x)):
            n_rows, n_values = r.reasons.get(reason, 0), r.withheld.get(reason, 0)
            cells = [count(n) if n else "" for n in (n_rows, n_values)]
            table.add_row(f"  {reason}", "", "", *cells, style="dim")
        for kind, n in r.masked.items():
            table.add_row(f"  {kind}", "", "", "", "", count(n), style="dim")
    return table


def _n(record: ImportRecord, reason: str) -> int:
    return record.reasons.get(reason, 0) + record.withheld.get(reason, 0)
