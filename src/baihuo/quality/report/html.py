"""``report.html``: one file a person opens; everything that came from data is escaped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from baihuo.quality.report.charts import bars, calendar
from baihuo.quality.report.history import PastRun
from baihuo.quality.report.report import Finding, QualityReport
from baihuo.quality.report.sankey import sankey
from baihuo.quality.report.trend import trend
from baihuo.quality.spec import Check

_STYLE = """
:root{color-scheme:light dark;--kept:#3b7a57;--quarantined:#c0392b;--merged:#d68910;--repaired:#2874a6;--noted:#909497;--erased:#6c3483}
body{font:15px/1.5 system-ui,sans-serif;max-width:900px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:.25rem .6rem;border-bottom:1px solid #8884}
th:first-child,td:first-child,td.words{text-align:left}
svg{width:100%;height:auto;font:11px system-ui,sans-serif;fill:currentColor;margin:.5rem 0}
svg .name{font-weight:600}svg .on{fill:#fff}
.kept{fill:var(--kept)}.quarantined{fill:var(--quarantined)}.merged{fill:var(--merged)}
.repaired{fill:var(--repaired)}.noted{fill:var(--noted)}.erased{fill:var(--erased)}
.link{fill-opacity:.45}.line{fill:none;stroke-width:2}.grid{stroke:currentColor;stroke-opacity:.2}

.verdict{display:inline-block;padding:.1rem .6rem;border-radius:1rem;color:#fff}
.verdict.ok{background:var(--kept)}.verdict.warn{background:var(--merged)}.verdict.stop{background:var(--quarantined)}
details{margin:.4rem 0}code{font-size:.85em;overflow-wrap:anywhere}
"""
_VERDICTS = {
    "ok": "training may go on",
    "warn": "training may go on; look at the warnings",
    "stop": "training is stopped",
}


def to_html(report: QualityReport, checks: Sequence[Check], runs: Sequence[PastRun] = ()) -> str:
    """The whole page.

    Args:
        checks: Every check that a finding may name.
        runs: This run and those before it, oldest first, for the trend.
    """
    verdict = report.verdict
    parts = [
        "<h1>Data quality</h1>",
        f'<p><span class="verdict {verdict}">{_VERDICTS[verdict]}</span> rules <code>{report.rules_version}</code>',
        f" · version {escape(report.version)}" if report.version else "",
        f" · owner: {escape(report.owner)}" if report.owner else "",
        f" · {escape(report.note)}" if report.note else "",
        "</p>",
        _listed("Why it is stopped", report.stops),
        _listed("Warnings", report.warnings),
        _listed("Looked at", report.looked_at),
        _listed("Not checked", report.not_checked),
    ]
    if report.refused:
        parts += [
            "<h2>Refused at import: rows that no check has seen</h2>",
            _table(
                ("table", "rows in the files", "refused", "reason"),
                [
                    (r.table, r.n_read, n, reason)
                    for r in report.refused
                    for reason, n in r.reasons.items()
                ],
            ),
            "<p><code>baihuo quarantine list --check REASON</code> shows the rows and how to mend them.</p>",
        ]
    for table in ("events", "products"):
        steps = [s for s in report.steps if s.table == table]
        if not steps or not steps[0].n_in:
            continue
        parts.append(
            f"<h2>{table.capitalize()}: rows in = kept + quarantined + merged + erased</h2>"
        )
        parts.append(sankey(steps))
        names = ("step", "in", "kept", "quarantined", "merged", "erased", "repaired")
        rows = [
            (s.step, s.n_in, s.n_kept, s.n_quarantined, s.n_merged, s.n_erased, s.n_repaired)
            for s in (*steps, report.table(table))
        ]
        parts.append(_table(names, rows))
    if report.findings:
        parts += ["<h2>What was found</h2>", bars(report.findings)]
        by_name = {check.name: check for check in checks}
        parts += [_finding(finding, by_name[finding.check]) for finding in report.findings]
    if len(runs) > 1:
        parts += ["<h2>Share of rows touched, run by run</h2>", trend(runs)]
    if report.days:
        parts += ["<h2>Events by the day they were received</h2>", calendar(report.days)]
    held = [
        (x.name, x.table, f"{x.measured:.6g}", f"{x.allowed:.6g}", x.verdict) for x in report.limits
    ]
    parts += [
        "<h2>Limits</h2>",
        _table(("quality.yaml", "table", "measured", "allowed", "verdict"), held),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Data quality</title><style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _finding(finding: Finding, check: Check) -> str:
    shown = "".join(
        f"<li>row <code>{escape(str(e['row_id']))}</code> "
        f"<code>{escape(json.dumps(e['detail'], ensure_ascii=False))}</code></li>"
        for e in finding.examples
    )
    return (
        f"<details><summary><b>{escape(finding.check)}</b>: {finding.n_rows:,} {escape(finding.action)} "
        f"({escape(finding.table)}, {escape(finding.step)})</summary>"
        f"<p>{escape(check.why)}.<br><i>Mend:</i> {escape(check.fix)}."
        f"{f'<br><i>Example:</i> {escape(check.example)}' if check.example else ''}</p><ul>{shown}</ul></details>"
    )


def _listed(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    return f"<h2>{title}</h2><ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    cells = "".join(
        "<tr>"
        + "".join(f"<td>{escape(f'{v:,}' if isinstance(v, int) else str(v))}</td>" for v in row)
        + "</tr>"
        for row in rows
    )
    return f"<table><tr>{''.join(f'<th>{h}</th>' for h in head)}</tr>{cells}</table>"
