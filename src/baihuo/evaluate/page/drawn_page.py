"""A page of sections with charts: one file without scripts or requests; data is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from baihuo.quality import report_environment

DrawnChart = tuple[str, str]
"""Title, and SVG of this package."""


@dataclass(frozen=True, slots=True)
class DrawnSection:
    """Sentences and charts; an empty section is left out."""

    title: str
    words: Sequence[str] = ()
    charts: Sequence[DrawnChart] = ()


def drawn_page(title: str, facts: Sequence[str], sections: Sequence[DrawnSection]) -> str:
    """Return the page as HTML."""
    environment = report_environment("baihuo.evaluate.page")
    kept = [
        (s.title, s.words, [chart for chart in s.charts if chart[1]])
        for s in sections
        if s.words or any(drawing for _, drawing in s.charts)
    ]
    return environment.get_template("drawn.html").render(title=title, facts=facts, sections=kept)
