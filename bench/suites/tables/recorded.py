"""Which of a benchmark's lines are recorded: those that a table draws. The rest is for whoever runs the benchmark."""

from __future__ import annotations

import json
from collections.abc import Iterator

LINES_WITH = {
    "abuse": ("block_s", "n_hung_up", "stars"),
    "assist_tools": ("task", "kind"),
    "independent": ("check",),
    "independent_icecat": ("check",),
    "independent_retail": ("check",),
    "judged_pooled": ("seed", "task"),
    "line": ("steps", "more_rules"),
    "value": ("estimated", "seed"),
    "value_retail": ("harmful",),
}
"""A line with one of these names is left out, by the name of the results."""

FIELDS = {
    "assist_words": ("by_kind",),
    "cleaning_search": ("clean_minus_ndcg10", "ndcg10"),
    "ctr": ("by_seed",),
    "false_alarms_retail": ("days",),
    "floods": ("found_by",),
    "near_duplicates": ("parts",),
    "retail": ("lists",),
}
"""Left out of each line."""


def recorded(name: str, printed: str) -> Iterator[str]:
    """The lines of the results ``name`` that are kept, each with the fields that a table reads."""
    for line in printed.splitlines():
        row = json.loads(line)
        if not row.keys() & set(LINES_WITH.get(name, ())):
            kept = {k: v for k, v in row.items() if k not in FIELDS.get(name, ())}
            yield json.dumps(kept, ensure_ascii=False)
