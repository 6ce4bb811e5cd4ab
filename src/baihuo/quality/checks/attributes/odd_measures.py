"""Cells of attributes that cannot be, or that no filter reads, whatever other listings say of them.

A range that ends below its start, fibres of more than a hundred percent, a unit written twice, the number of an
option, several columns in one cell. Each is a note; the patterns are in ``odd_cells.yaml``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import yaml

from baihuo.engine import sql_file
from baihuo.quality.checks.attributes.measure_units import UNIT_ROWS
from baihuo.quality.checks.attributes.settings import AttributesRules
from baihuo.quality.checks.attributes.synonyms import key_sql

_MAX_SHARE = 0.05  # of listings with an attribute, that write something odd: more do so on purpose
_MIN_WORDED = 0.9  # of them, that say a word, before a number or a list among them is odd
_FILES = ("odd_measures", "option_values", "dates_together")


@cache
def pattern(name: str) -> str:
    """RE2 of a name of ``odd_cells.yaml``, for a literal of SQL."""
    text = Path(__file__).with_name("odd_cells.yaml").read_text(encoding="utf-8")
    lines: dict[str, str] = yaml.safe_load(text)
    return "|".join(lines[name].splitlines()).replace("'", "''")


@cache
def _statements() -> tuple[Callable[..., str], ...]:
    names = "range no_range of_fibres fibres parts share no_share doubt made ends".split()
    return tuple(
        sql_file(__file__, file).bind(
            **{name: pattern(name) for name in names},
            units=UNIT_ROWS,
            label_key=key_sql("label"),
            max_share=_MAX_SHARE,
            min_worded=_MIN_WORDED,
        )
        for file in _FILES
    )


def odd_measures(settings: AttributesRules) -> list[str]:
    """SQL of notes; reads ``attribute_values``."""
    return [statement(min_rows=settings.min_rows) for statement in _statements()]
