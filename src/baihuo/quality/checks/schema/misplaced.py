"""Values that belong to another column (a line that slipped, country and language swapped) or type of event (stars on a click).

The log itself says what is usual: labels have few values, and each field is on some types of events. One value in a
wrong place may be somebody's own use of the column, so a label counts where two of a row are out of place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from baihuo.engine import sql_text
from baihuo.quality.checks.schema.label_forms import LABELS, count_labels
from baihuo.quality.findings import FindingsStore

_RARE, _TIMES = 0.05, 20  # of a column's rows, and how much commoner it is in the other column
_RARE_FIELD = 0.05  # of the rows of a type of event: more is how the shop uses the field
_CARTS = ("add_to_cart", "remove_from_cart", "purchase", "cancel")
_FIELDS: dict[str, tuple[str, ...]] = {
    "rating": ("review", "impression", "ad_impression"),  # a page may say a product's stars
    "order_id": ("purchase", "cancel", "review"),
    "text": ("review",),
    "price_minor": _CARTS,
    "quantity": _CARTS,
    "dwell_ms": ("dwell",),
}
"""Field → types of events that it may be on."""
_ONLY_ON = {"price_minor": "search", "quantity": "search"}
"""Field → the one type of event that it is out of place on: what was clicked has a price, too."""


def misplaced_values(
    findings: FindingsStore, combinations: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Statements of the findings; an empty list where nothing is out of place.

    Args:
        combinations: how often which labels come together, see :func:`label_combinations`.
    """
    return [*_labels(findings, combinations), *_fields(findings)]


def _labels(findings: FindingsStore, combinations: Sequence[Mapping[str, Any]]) -> list[str]:
    rows, counts = findings.rows(*LABELS), count_labels(combinations)
    selects, predicates = [], []
    for row in combinations:
        wrong = {n: of for n in LABELS if (of := _column_of(row, n, counts)) is not None}
        if len(wrong) < 2:
            continue
        predicate = " AND ".join(
            f"{n} IS NULL" if row[n] is None else f"{n} = {sql_text(row[n])}" for n in LABELS
        )
        is_swap = all(wrong.get(of) == n for n, of in wrong.items())
        action = (
            "note" if is_swap else "quarantine"
        )  # of a line that slipped no cell can be trusted
        reasons = ", ".join(f"{n} := {sql_text(f'{row[n]} is a {of}')}" for n, of in wrong.items())
        predicates.append(predicate)
        selects.append(
            f"SELECT import_id, line, 'misplaced_value' AS rule, '{action}' AS action, "
            "CAST(NULL AS VARCHAR) AS field, CAST(NULL AS VARCHAR) AS new, "
            f"CAST(to_json(struct_pack({reasons})) AS VARCHAR) AS detail FROM misplaced WHERE {predicate}"
        )
    if not selects:
        return []
    in_question = " OR ".join(f"({predicate})" for predicate in predicates)
    misplaced = f"WITH misplaced AS MATERIALIZED (SELECT * FROM {rows} WHERE {in_question}) "
    return [misplaced + " UNION ALL ".join(selects)]


def _column_of(row: Mapping[str, Any], name: str, counts: Mapping[str, Counter[str]]) -> str | None:
    """The column that a row's value is usual in, where it is rare in its own."""
    value = row[name]
    n = counts[name][value] if value is not None else 0
    if not n or n > _RARE * counts[name].total():
        return None
    others = [(counts[other][value], other) for other in LABELS if other != name]
    most, of = max(others)
    return of if most >= _TIMES * n else None


def _fields(findings: FindingsStore) -> list[str]:
    """Fields that a type of event has in a few of its rows only."""
    rows = findings.rows("event_type", *_FIELDS)
    counted = ", ".join(f"count({name}) AS {name}" for name in _FIELDS)
    types = findings.tables.sql(
        f"SELECT event_type, count(*) AS n, {counted} FROM {rows} GROUP BY event_type",
        out=None,
        **findings.inputs(),
    ).to_pylist()
    selects = []
    for name, usual in _FIELDS.items():
        odd = [
            t["event_type"]
            for t in types
            if 0 < t[name] <= _RARE_FIELD * t["n"]
            and t["event_type"] not in (None, *usual)
            and t["event_type"] == _ONLY_ON.get(name, t["event_type"])
        ]
        if odd and any(t[name] for t in types if t["event_type"] in usual):
            listed = ", ".join(map(sql_text, odd))
            selects.append(
                "SELECT import_id, line, 'misplaced_value' AS rule, 'note' AS action, "
                f"'{name}' AS field, CAST(NULL AS VARCHAR) AS new, CAST(to_json(struct_pack(field := '{name}', "
                f"old := left(CAST({name} AS VARCHAR), 200), of := event_type)) AS VARCHAR) AS detail "
                f"FROM {rows} WHERE {name} IS NOT NULL AND event_type IN ({listed})"
            )
    return selects


def average_ratings(findings: FindingsStore) -> list[str]:
    """The note of fractions of a star among whole ones (or halves): an average in place of what somebody gave."""
    rows = findings.rows("event_type", "rating")
    is_odd = "abs(2 * rating - round(2 * rating)) > 0.001 AND rating BETWEEN 1 AND 5"
    n = findings.tables.sql(
        f"SELECT count(*) AS n, count(*) FILTER ({is_odd}) AS n_odd FROM {rows} "
        "WHERE event_type = 'review' AND rating IS NOT NULL",
        out=None,
        **findings.inputs(),
    ).to_pylist()[0]
    if not 0 < n["n_odd"] <= 0.1 * n["n"]:
        return []
    return [
        "SELECT import_id, line, 'bad_rating' AS rule, 'note' AS action, 'rating' AS field, "
        "CAST(NULL AS VARCHAR) AS new, CAST(to_json(struct_pack(field := 'rating', old := "
        f"CAST(rating AS VARCHAR))) AS VARCHAR) AS detail FROM {rows} WHERE event_type = 'review' AND {is_odd}"
    ]
