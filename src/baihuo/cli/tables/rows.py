"""Single rows as a person reads them: in quarantine, and their stories."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from baihuo.quality import QuarantinedRow, RowLineage

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]")


def printable(text: str) -> str:
    """Text without power over the terminal: what steers it, or turns the text around, is spelt out.

    >>> printable("\x1b[2Jlamp\u202e")
    '\\\\x1b[2Jlamp\\\\u202e'
    """
    return _CONTROLS.sub(lambda m: ascii(m[0])[1:-1], text)


def counts_table(counts: list[dict[str, Any]]) -> Table:
    """How much each check keeps in quarantine."""
    table = Table(title="In quarantine", box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for name in ("table", "step", "check"):
        table.add_column(name)
    table.add_column("rows", justify="right")
    for count in counts:
        table.add_row(count["table"], count["step"], count["check"], f"{count['n']:,}")
    return table


def kept_table(rows: list[QuarantinedRow]) -> Table:
    """The rows in short."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("row", "table", "check", "what it is"):
        table.add_column(name, overflow="fold")
    for kept in rows:
        name = kept.values.get("event_id") or kept.values.get("product_id") or (kept.raw or "")[:60]
        waiting = f" (sent in as {kept.waiting})" if kept.waiting else ""
        told = escape(printable(f"{name}{waiting}"))
        table.add_row(kept.row_id, kept.table, escape(kept.check), told)
    return table


def kept_lines(kept: QuarantinedRow) -> str:
    """One row in full."""
    lines = [f"row {kept.row_id} of {kept.table}: taken by {kept.check} ({kept.step})"]
    if kept.waiting:
        lines.append(f"sent back in as {kept.waiting}; `baihuo check` looks at it")
    lines += [f"  {name}: {_text(value)}" for name, value in kept.values.items()]
    if kept.raw is not None:
        lines.append(f"as it stood in its file: {kept.raw}")
    if any(v is not None for v in kept.detail.values()):
        lines.append(f"detail: {_text(kept.detail)}")
    if kept.fix:
        lines.append(f"fix: {kept.fix}")
    return printable("\n".join(lines))


def story_lines(story: RowLineage) -> str:
    """The story of one row, oldest first."""
    lines = [f"row {story.row_id} of {story.table}: {story.where}"]
    when = ""
    if story.imported_at_us is not None:
        at = datetime.fromtimestamp(story.imported_at_us / 1e6, UTC)
        when = f", imported {at:%Y-%m-%d %H:%M:%S} UTC as {story.format}"
    lines.append(f"  came from {story.source}, line {story.line}{when}")
    if sent := story.sent_in:
        lines.append(
            f"  {_SENT_IN.get(sent['what'], sent['what'])} by {sent['by']} at {sent['at']}: {sent['why']} (before: row {sent.get('from')})"
        )
        for name, values in (sent.get("set") or {}).items():
            lines.append(f"    {name}: {_text(values['old'])} → {_text(values['new'])}")
    lines.append(f"  as it came: {_text(story.raw)}")
    for f in story.findings:
        detail = f["detail"]
        told = _text(detail) if detail else ""
        if "old" in detail and "new" in detail:
            told = f"{detail.get('field')}: {_text(detail['old'])} → {_text(detail['new'])}"
        lines.append(
            f"  {f['action']} by {f['check']} (version {f['rule_version']}) {told}".rstrip()
        )
    if story.rules_version:
        lines.append(f"  checked in run {story.run_id} by rules {story.rules_version}")
    if story.clean is not None and story.clean != story.raw:
        lines.append(f"  as it is learned from: {_text(story.clean)}")
    lines += [f"  bundle {u.bundle_id}: used {u.used}: {u.why}" for u in story.uses]
    return printable("\n".join(lines))


_SENT_IN = {"mended": "fixed", "readmitted": "released"}  # the words in the list of imports


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
