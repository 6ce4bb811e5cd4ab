"""Escapes cells against formula injection in spreadsheets, and reverses it."""

from __future__ import annotations

import re

_FORMULA_START = (
    r"[=+\-@\t\r\n＝＋－＠]"  # OWASP, "CSV Injection"; full-width ones count in East Asian locales
)
_FORMULA = re.compile(rf"'*{_FORMULA_START}")
_ESCAPED = re.compile(rf"'+{_FORMULA_START}")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def safe_cell(text: str) -> str:
    """Text that a spreadsheet would run as a formula gets an apostrophe; other text is unchanged.

    >>> safe_cell('=HYPERLINK("http://x")'), safe_cell("-5"), safe_cell("-2+3")
    ('\\'=HYPERLINK("http://x")', '-5', "'-2+3")
    """
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def cell_text(cell: str) -> str:
    """The inverse of :func:`safe_cell`.

    >>> cell_text("'=1+1"), cell_text("'t was")
    ('=1+1', "'t was")
    """
    return cell[1:] if _ESCAPED.match(cell) else cell
