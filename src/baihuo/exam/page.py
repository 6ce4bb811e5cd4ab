"""``exam.json`` and ``exam.html``: one file a person opens; everything that came from data is escaped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from baihuo.engine import written_whole
from baihuo.exam.report import ExamReport, Share

LINE_PX = 30  # of the plot: one check
_LEFT_PX, _WIDE_PX = 250, 560  # where 0 stands, and how far it is to 1


def to_html(report: ExamReport) -> str:
    """The whole page: a plot of recall and precision with their intervals, the table, and examples."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["words"] = _words
    environment.filters["share"] = share_text
    lines = [
        {
            "name": result.check,
            "y": number * LINE_PX,
            "marks": [
                _mark("recall", result.recall, number * LINE_PX + 10),
                _mark("precision", result.precision, number * LINE_PX + 20),
            ],
        }
        for number, result in enumerate(report.examined)
    ]
    ticks = [{"x": _x(share), "text": f"{share:g}"} for share in (0, 0.25, 0.5, 0.75, 0.9, 1)]
    height = LINE_PX * len(lines) + 24
    page = environment.get_template("page.html")
    return page.render(report=report, lines=lines, ticks=ticks, height=height)


def write_report(report: ExamReport, out: Path) -> None:
    """Write ``exam.json`` and ``exam.html`` to the folder ``out``; it is made if missing."""
    out.mkdir(parents=True, exist_ok=True)
    for name, text in (("exam.json", report.to_json()), ("exam.html", to_html(report))):
        with written_whole(out / name) as part:
            part.write_text(text, encoding="utf-8")


def share_text(share: Share) -> str:
    """
    >>> share_text(Share(9, 10)), share_text(Share(0, 0))
    ('0.900 [0.60, 0.98]', '–')
    """
    if share.value is None:
        return "–"
    return f"{share.value:.3f} [{share.low:.2f}, {share.high:.2f}]"


def _mark(name: str, share: Share, y: int) -> dict[str, Any]:
    ends = {"x1": _x(share.low), "x2": _x(share.high), "y": y}
    return ends | {"name": name, "x": _x(share.value or 0.0), "text": share_text(share)}


def _x(share: float) -> float:
    return round(_LEFT_PX + share * _WIDE_PX, 1)


def _words(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
