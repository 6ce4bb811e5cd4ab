"""Single rows as text: in quarantine, and their lineage."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from baihuo.quality import Preview, QuarantinedRow, RowLineage, with_times

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]")


def printable(text: str) -> str:
    """Text that is safe to print: control characters and direction marks are escaped.

    >>> printable("\x1b[2Jlamp\u202e")
    '\\\\x1b[2Jlamp\\\\u202e'
    """
    return _CONTROLS.sub(lambda m: ascii(m[0])[1:-1], text)


def counts_table(counts: list[dict[str, Any]]) -> Table:
    """Rows in quarantine by check."""
    table = Table(title="In quarantine", box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for name in ("table", "step", "check"):
        table.add_column(name)
    table.add_column("rows", justify="right")
    for count in counts:
        table.add_row(count["table"], count["step"], count["check"], f"{count['n']:,}")
    return table


def kept_table(rows: list[QuarantinedRow]) -> Table:
    """A short line for each row."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("row", "table", "check", "content"):
        table.add_column(name, overflow="fold")
    for kept in rows:
        name = kept.values.get("event_id") or kept.values.get("product_id") or (kept.raw or "")[:60]
        waiting = f" (sent back as {kept.waiting})" if kept.waiting else ""
        content = escape(printable(f"{name}{waiting}"))
        table.add_row(kept.row_id, kept.table, escape(kept.check), content)
    return table


def kept_lines(kept: QuarantinedRow) -> str:
    """One row in full."""
    lines = [f"row {kept.row_id} of {kept.table}: quarantined by {kept.check} ({kept.step})"]
    if kept.rejected:
        lines.append(f"rejected by {kept.rejected.by}: {kept.rejected.why}")
    if kept.waiting:
        lines.append(f"sent back in as {kept.waiting}; the next `baihuo check` reads it")
    lines += [f"  {name}: {_text(value)}" for name, value in with_times(kept.values).items()]
    if kept.raw is not None:
        lines.append(f"as in its file: {kept.raw}")
    if any(v is not None for v in kept.detail.values()):
        lines.append(f"detail: {_text(with_times(kept.detail))}")
    if kept.fix:
        lines.append(f"fix: {kept.fix}")
    return printable("\n".join(lines))


def preview_lines(seen: Preview) -> str:
    """What would become of a row, and what each check says of it."""
    row = f"row {seen.row.row_id} of {seen.row.table}"
    if seen.refused is not None:
        lines = [f"{row} would be refused by the import: {seen.refused}", f"  fix: {seen.fix}"]
        return printable("\n".join(lines))
    lines = [f"{row} would {'be used' if seen.is_clean else 'be taken out again'}"]
    for one in seen.findings:
        detail = with_times({k: v for k, v in one.detail.items() if v is not None})
        lines.append(
            f"  {one.action} by {one.check}: {one.why} {_text(detail) if detail else ''}".rstrip()
        )
    lines.append("nothing was changed; the next `baihuo check` looks at the whole log")
    return printable("\n".join(lines))


def lineage_lines(lineage: RowLineage) -> str:
    """The lineage of one row, oldest first."""
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
        detail = with_times(f["detail"])
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
    return _text(with_times(row) if isinstance(row, dict) else row)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
