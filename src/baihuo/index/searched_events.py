"""Events of searches, for the statements that learn from them."""

from __future__ import annotations

from baihuo.engine import sql_file

SEARCHED_EVENTS = sql_file(__file__, "searched_events")
"""A part of other statements, for their ``{searched}``."""
