"""``value.json``, ``value.html`` and ``harmful_rows.csv``."""

from __future__ import annotations

import csv
from pathlib import Path

from baihuo.engine import written_whole
from baihuo.evaluate import DrawnSection, Interval, Mark, drawn_page, interval_chart
from baihuo.valuation.report import KindValue, ValueReport

_METRICS = {
    "skill": "Lost share of the models' skill",
    "ndcg": "nDCG@20 lost",
    "log_loss": "Log-loss of clicks, rise in nats",
    "money": "Money not found in 30 days, minor units",
}
_MOST = 25  # kinds in a chart


def write_value(report: ValueReport, folder: Path) -> None:
    """Write the report in all its forms."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"value.json": report.to_json(), "value.html": value_page(report)}
    for name, text in texts.items():
        with written_whole(folder / name) as part:
            part.write_text(text, encoding="utf-8")
    with (
        written_whole(folder / "harmful_rows.csv") as part,
        part.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(["table", "row_id", "task", "value", "group", "group_value", "check"])
        for row in report.rows:
            of_row = (row.table, row.row_id, row.task, f"{row.value:.6g}", row.group)
            writer.writerow([*of_row, f"{row.group_value:.6g}", row.check])


def value_page(report: ValueReport) -> str:
    """Return the report as an HTML page with a chart for each metric."""
    facts = [f"{name}: {value:.4f} on clean rows" for name, value in report.metrics.items()]
    facts += [
        f"{report.n_visitors:,} visitors and {report.n_clicks:,} clicks held out",
        *report.notes,
    ]
    first = [
        f"{n}. {kind.name}: {kind.value:.4g} for {kind.minutes / 60:.1f} h ({kind.n_rows:,} rows)"
        for n, kind in enumerate(report.first, start=1)
    ] or ["No kind with a cost beyond chance fits into the hours."]
    sections = [DrawnSection(f"Fix this first, in {report.hours:g} hours, by {report.by}", first)]
    sections += [
        DrawnSection(title, [], [(title, _chart(report, metric, title))])
        for metric, title in _METRICS.items()
    ]
    unmeasured = [f"{k.name}, {k.n_rows:,} rows: {k.why}" for k in report.kinds if k.why]
    sections.append(DrawnSection("Not measured", unmeasured))
    return drawn_page("Cost of dirt", facts, sections)


def _chart(report: ValueReport, metric: str, title: str) -> str:
    found: list[tuple[KindValue, Interval]] = []
    for kind in report.kinds:
        cost: Interval | None = getattr(kind, metric)
        if cost is not None and (cost.low, cost.high) != (0.0, 0.0):
            found.append((kind, cost))
    found.sort(key=lambda pair: -pair[1].mid)
    marks = [
        Mark.of(
            cost.to_json(), kind.name, "worst" if cost.low > 0 else "other", f"{kind.n_rows:,} rows"
        )
        for kind, cost in found[:_MOST]
    ]
    return interval_chart(marks, title, with_zero=True)
