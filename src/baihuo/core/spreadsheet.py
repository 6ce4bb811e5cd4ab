"""Cells that a spreadsheet shows and does not run, and the way back."""

from __future__ import annotations

import re

_RUNS = (
    r"[=+\-@\t\r\n＝＋－＠]"  # OWASP, "CSV Injection"; the wide ones count in East Asian settings
)
_FORMULA = re.compile(rf"'*{_RUNS}")
_ESCAPED = re.compile(rf"'+{_RUNS}")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def safe_cell(text: str) -> str:
    """Text that a spreadsheet would take for a formula, behind an apostrophe; all other as it is.

    >>> safe_cell('=HYPERLINK("http://x")'), safe_cell("-5"), safe_cell("-2+3")
    ('\\'=HYPERLINK("http://x")', '-5', "'-2+3")
    """
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def cell_text(cell: str) -> str:
    """The inverse of :func:`safe_cell`: what the cell meant.

    >>> cell_text("'=1+1"), cell_text("'t was")
    ('=1+1', "'t was")
    """
    return cell[1:] if _ESCAPED.match(cell) else cell
