"""The tables a person reads at the end: rows, models beside their baselines, the gate, latency."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Group, JustifyMethod
from rich.table import Table
from rich.text import Text

from baihuo.cli.demo_run import DemoReport
from baihuo.connect import ImportRecord
from baihuo.quality import QualityReport, StepCount
from baihuo.release import GateReport


def closing_table(done: DemoReport) -> Group:
    """Everything the line did, on one screen; where it was stopped, as far as it got."""
    total = sum(done.seconds.values())
    stages = " · ".join(f"{name} {taken:.0f} s" for name, taken in done.seconds.items())
    return Group(
        imports_table(done.imports),
        *([steps_table(done.quality)] if done.quality else []),
        *([models_table(done.report)] if done.report else []),
        *([gate_table(done.gate)] if done.gate else []),
        Text(f"{stages} · in all {total:.0f} s"),
    )


def imports_table(records: list[ImportRecord]) -> Table:
    """What came in, and what could not be used."""
    table = _table("What came in", "", "rows in", "kept", "quarantined")
    for r in records:
        name = ", ".join(f.rsplit("/", 1)[-1] for f in r.files)
        table.add_row(f"{r.kind}: {name}", _n(r.n_in), _n(r.n_kept), _n(r.n_quarantined))
        for reason, n in sorted(r.reasons.items(), key=lambda x: -x[1]):
            table.add_row(f"  {reason}", "", "", _n(n), style="dim")
    return table


def steps_table(report: QualityReport) -> Table:
    """Rows in = kept + quarantined + merged, step by step, and below each step what its checks did."""
    table = _table(
        "What the checks did", "", "rows in", "kept", "quarantined", "merged", "repaired"
    )
    for name in ("products", "events"):
        total = report.table(name)
        missing = next((r for r in report.refused if r.table == name), None)
        if not total.n_in and missing is None:
            continue
        if missing is not None:
            table.add_row(
                f"{name}: refused at import", _n(missing.n_read), "", _n(missing.n_refused), "", ""
            )
            for reason, n in missing.reasons.items():
                table.add_row(f"  {reason}", "", "", _n(n), "", "", style="dim")
        silent = [s.step for s in report.steps if s.table == name and not (s.touched or s.n_erased)]
        for s in (s for s in report.steps if s.table == name and s.step not in silent):
            _count(table, f"{name}: {s.step}", s)
            for f in report.findings:
                if (f.step, f.table) == (s.step, s.table) and f.is_change:
                    cells = [
                        _n(f.n_rows) if f.action == a else ""
                        for a in ("quarantine", "merge", "repair")
                    ]
                    table.add_row(f"  {f.check}", "", "", *cells, style="dim")
        if silent:
            words = f"  nothing to do: {', '.join(silent)}"
            table.add_row(words, "", "", "", "", "", style="dim")
        for f in (f for f in report.findings if f.table == name and f.action == "note"):
            noted = f"  noted only: {f.check}, {_n(f.n_rows)}"
            table.add_row(noted, "", "", "", "", "", style="dim")
        if name == "products":
            for words in report.looked_at:
                table.add_row(f"  {words}", "", "", "", "", "", style="dim")
        _count(table, f"{name}: in all", total, style="bold")
        table.add_section()
    return table


def _count(table: Table, name: str, s: StepCount, style: str = "") -> None:
    table.add_row(
        name, _n(s.n_in), _n(s.n_kept), _n(s.n_quarantined), _n(s.n_merged), _n(s.n_repaired),
        style=style,
    )  # fmt: skip


def models_table(report: dict[str, Any]) -> Group:
    """Every model beside its baselines; the one that serves is marked."""
    shown: list[Table | Text] = []
    if clicks := report.get("clicks"):
        table = _table("Orders, on pages newer than the training (nDCG@10)", "surface", "system", "nDCG@10", "pages", "serves")  # fmt: skip
        for line in clicks["table"]:
            table.add_row(
                line["surface"], line["system"], f"{line['ndcg10']:.4f}", _n(line["n_pages"]),
                "←" if line["is_chosen"] else "",
            )  # fmt: skip
        shown.append(table)
        lift = _table(
            "Lift of what serves over the best baseline: nDCG@10, 95% interval",
            "surface",
            "over",
            "lift",
        )
        for surface, value in clicks["lift"].items():
            lift.add_row(surface, value["over"], _interval(value))
        shown.append(lift)
        said = clicks["clicks"]
        shown.append(
            Text(
                f"P(click): log-loss {said['log_loss']:.4f} (constant {said['constant_log_loss']:.4f}), "
                f"AUC {said['auc']:.3f}, calibration error {said['ece']:.4f}"
            )
        )
    elif why := report.get("no_clicks"):
        shown.append(Text(f"No click models: {why}"))
    if judged := report.get("purchases", {}).get("judged"):
        table = _table("Purchases of the weeks held back: whole catalogue, 95% intervals", "mode", "system", "recall@20", "nDCG@20", "visitors", "ours over it")  # fmt: skip
        ours = {j["mode"]: j.get("vs") or {} for j in judged if j["system"] == "baihuo"}
        for j in judged:
            against = ours.get(j["mode"], {}).get(j["system"])
            table.add_row(
                j["mode"], j["system"], f"{j['recall20']:.4f}", f"{j['ndcg20']:.4f}", _n(j["n"]),
                _interval(against) if against else "",
            )  # fmt: skip
        shown.append(table)
    if search := report.get("search"):
        table = _table("Searches judged by people: nDCG@10, 95% interval", "system", "whole catalogue", "judged only", "queries", "ours over RRF")  # fmt: skip
        for line in search:
            against = line["vs_rrf"]
            table.add_row(
                line["system"], f"{line['ndcg10']:.4f}", f"{line['ndcg10_judged']:.4f}",
                _n(line["n_queries"]), _interval(against) if against else "",
            )  # fmt: skip
        shown.append(table)
    if judged_by := report.get("judgements"):
        shown.append(Text(_judgements(judged_by)))
    return Group(*shown)


def _judgements(told: dict[str, Any]) -> str:
    """Who judged how much, and what was learned from it."""
    alpha = "" if told["alpha"] is None else f", Krippendorff's alpha {told['alpha']:.3f}"
    lines = [
        f"{told['n_judgements']:,} judgements of {told['n_pairs']:,} pairs and {told['n_queries']:,} queries by "
        f"{told['n_raters']:,} raters ({told['n_from_file']:,} from ratings.csv){alpha}"
    ]
    for encoder, near in told["nearness"].items():
        cut = f"cosine {near['cosine']:.3f}" if near["is_used"] else "not used"
        lines.append(f"near enough, learned of {near['n_pairs']:,} pairs ({encoder}): {cut}; {near['why']}")  # fmt: skip
    return "\n".join(lines)


def gate_table(gate: GateReport) -> Group:
    """What the gate asked, what it heard, and what is worth a look."""
    table = _table("The gate", "check", "passed", "why")
    for c in gate.checks:
        passed = "NO" if not c.is_passed else "warning" if c.warning else "yes"
        table.add_row(c.name, passed, c.why)
    if gate.forced is None:
        return Group(table)
    forced = gate.forced
    return Group(table, Text(f"Serves all the same: forced by {forced.by}: {forced.reason}"))


def _table(title: str, *columns: str) -> Table:
    table = Table(
        title=title,
        box=box.SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        collapse_padding=True,
    )
    numbers = {"rows in", "kept", "quarantined", "merged", "repaired", "nDCG@10", "pages"}
    for name in columns:
        wide = 27 if name == "" else None  # the names of checks, in eighty columns
        justify: JustifyMethod = "right" if name in numbers else "left"
        table.add_column(name, justify=justify, overflow="fold", min_width=wide)
    return table


def _interval(value: dict[str, float]) -> str:
    return f"{value['mid']:+.4f} [{value['low']:+.4f}, {value['high']:+.4f}]"


def _n(number: int) -> str:
    return f"{number:,}"
