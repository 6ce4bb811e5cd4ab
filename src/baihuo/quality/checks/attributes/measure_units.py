"""The units of the step ``units`` as rows of SQL, for attributes that are compared with each other and with texts."""

from __future__ import annotations

from baihuo.engine import sql_text
from baihuo.quality.checks.units.unit_definitions import CASELESS_SPELLINGS, UNITS

_UNITS = {spelling: units[0] for spelling, units in CASELESS_SPELLINGS.items()} | {"m": UNITS["m"]}
_CURRENTS = (("a", 1.0), ("ma", 0.001), ("安", 1.0), ("毫安", 0.001))  # no step converts them
_ROWS = (
    *((spelling, unit.dimension, float(unit.factor)) for spelling, unit in _UNITS.items()),
    *((spelling, "current", factor) for spelling, factor in _CURRENTS),
)
UNIT_ROWS = ", ".join(
    f"({sql_text(spelling)}, '{dimension}', {factor!r})"
    for spelling, dimension, factor in {row[0]: row for row in _ROWS}.values()
)
"""Spelling in lower case, dimension, factor to its base unit; each spelling once, as its likeliest unit."""
UNIT_SPELLINGS = tuple(dict.fromkeys(row[0] for row in _ROWS))
"""All spellings of :data:`UNIT_ROWS`."""
