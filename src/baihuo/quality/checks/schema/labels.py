"""Labels (platform, device, country, language) in another column, or in another form than the shop's.

The log itself says what is usual, ISO 3166 and ISO 639 which code a name has. Each combination of labels is looked at once, not each row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from baihuo.core import EVENTS
from baihuo.engine import sql_text
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore

LABELS = ("platform", "device", "country", "language")
_MAX_COMBINATIONS = 20_000
_RARE, _TIMES = 0.05, 20  # of a column's rows, and how much commoner a value is in the other column
_NEARLY_ALL, _NEARLY_NONE = 0.95, 0.03  # of the rows of a type of event, that have the field
_MOST = 0.2  # of a column's rows: a commoner form is one of the shop's
_TIMES_FORM = 5  # and how much commoner the usual form is
_MOST_CODES = 0.8  # of a column's rows have codes, where it is one of codes


def label_combinations(findings: FindingsStore) -> list[dict[str, Any]]:
    """How often which platform, device, country and language come together: ``n`` rows. Empty where they are too many."""
    labels = ", ".join(LABELS)
    found = findings.tables.sql(
        f"SELECT {labels}, count(*) AS n FROM {findings.rows(*LABELS)} GROUP BY ALL LIMIT {_MAX_COMBINATIONS + 1}",
        out=None,
        **findings.inputs(),
    )
    return found.to_pylist() if found.num_rows <= _MAX_COMBINATIONS else []


def _counts(combinations: Sequence[Mapping[str, Any]]) -> dict[str, Counter[str]]:
    """How often each label has which value."""
    counts = {name: Counter[str]() for name in LABELS}
    for row in combinations:
        for name in LABELS:
            if row[name] is not None:
                counts[name][row[name]] += row["n"]
    return counts


def misplaced_values(
    findings: FindingsStore, combinations: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Statements that report rows of which two labels are out of place; an empty list where none are.

    One value in a wrong place may be somebody's own use of the column. Labels in each other's column are noted; of a line that slipped no
    cell can be trusted.

    Args:
        combinations: how often which labels come together, see :func:`label_combinations`.
    """
    rows, counts = findings.rows(*LABELS), _counts(combinations)
    selects, predicates = [], []
    for row in combinations:
        wrong = {n: of for n in LABELS if (of := _column_of(row, n, counts)) is not None}
        if len(wrong) < 2:
            continue
        predicate = " AND ".join(
            f"{n} IS NULL" if row[n] is None else f"{n} = {sql_text(row[n])}" for n in LABELS
        )
        is_swap = all(wrong.get(of) == n for n, of in wrong.items())
        reasons = ", ".join(f"{n} := {sql_text(f'{row[n]} is a {of}')}" for n, of in wrong.items())
        predicates.append(f"({predicate})")
        selects.append(
            f"SELECT import_id, line, 'misplaced_value' AS rule, '{'note' if is_swap else 'quarantine'}' AS action, "
            "CAST(NULL AS VARCHAR) AS field, CAST(NULL AS VARCHAR) AS new, "
            f"CAST(to_json(struct_pack({reasons})) AS VARCHAR) AS detail FROM misplaced WHERE {predicate}"
        )
    if not selects:
        return []
    misplaced = f"SELECT * FROM {rows} WHERE {' OR '.join(predicates)}"
    return [f"WITH misplaced AS MATERIALIZED ({misplaced}) " + " UNION ALL ".join(selects)]


def cells_of_other_types(findings: FindingsStore) -> list[str]:
    """Statements that note cells which a type of event nearly never has, and another type nearly always has."""
    names = [
        n for n in EVENTS.names if n not in ("import_id", "line", "event_type", *findings.empty)
    ]
    counted = ", ".join(f"count({name}) / count(*) AS {name}" for name in names)
    shares = findings.tables.sql(
        f"SELECT event_type, {counted} FROM {findings.rows('event_type', *names)} WHERE event_type IS NOT NULL GROUP BY ALL",
        out=None,
        **findings.inputs(),
    ).to_pylist()
    selects = []
    for name in (n for n in names if any(of[n] >= _NEARLY_ALL for of in shares)):
        odd = [sql_text(of["event_type"]) for of in shares if 0 < of[name] <= _NEARLY_NONE]
        if odd:
            rows = f"SELECT * FROM {findings.rows('event_type', name)} WHERE event_type IN ({', '.join(odd)}) AND {name} IS NOT NULL"
            detail = {
                "field": f"'{name}'",
                "old": f"left(CAST({name} AS VARCHAR), 200)",
                "of": "event_type",
            }
            selects.append(finding_sql(rows, "misplaced_value", detail, field=f"'{name}'"))
    return selects


def _column_of(row: Mapping[str, Any], name: str, counts: Mapping[str, Counter[str]]) -> str | None:
    """The column that a row's value is usual in, where it is rare in its own."""
    value = row[name]
    n = counts[name][value] if value is not None else 0
    if not n or n > _RARE * counts[name].total():
        return None
    most, of = max((counts[other][value], other) for other in LABELS if other != name)
    return of if most >= _TIMES * n else None


def label_forms(findings: FindingsStore, combinations: Sequence[Mapping[str, Any]]) -> list[str]:
    """Statements that repair labels in another form than the shop's."""
    selects = []
    for name, counts in _counts(combinations).items():
        forms = {value: usual_form(name, value, counts) for value in counts}
        cases = " ".join(
            f"WHEN {sql_text(old)} THEN {sql_text(new)}" for old, new in forms.items() if new
        )
        if cases:
            selects.append(
                f"SELECT import_id, line, 'label_form' AS rule, 'repair' AS action, '{name}' AS field, new, "
                f"CAST(to_json(struct_pack(field := '{name}', old := left({name}, 200), new := new)) AS VARCHAR) AS detail "
                f"FROM (SELECT *, CASE {name} {cases} END AS new FROM {findings.rows(name)}) WHERE new IS NOT NULL"
            )
    return selects


def usual_form(name: str, value: str, counts: Counter[str]) -> str | None:
    """The form that a column usually has of a value: in other case, or the code of a name. None: it is as usual.

    >>> usual_form("country", "中国", Counter({"CN": 90, "US": 9, "中国": 1}))
    'CN'
    """
    if counts[value] > _MOST * counts.total():
        return None
    known = [other for other in counts if other != value and _plain(other) == _plain(value)]
    names = _names(name)
    if not known and _plain(value) in names:
        codes = set(map(str.casefold, names.values()))
        n_codes = sum(n for other, n in counts.items() if _plain(other).split("-")[0] in codes)
        if n_codes >= _MOST_CODES * counts.total():
            known = [other for other in counts if other == names[_plain(value)]]
    usual = max(known, key=lambda other: counts[other], default=None)
    return usual if usual is not None and counts[usual] >= _TIMES_FORM * counts[value] else None


def _plain(value: str) -> str:
    return value.strip().casefold().replace("_", "-")


@cache
def _names(column: str) -> dict[str, str]:
    """Each name of a country or language, in lower case, with its code; empty for other columns."""
    text = Path(__file__).with_name("labels.yaml").read_text(encoding="utf-8")
    codes = yaml.safe_load(text).get(column, {})
    return {str(name).casefold(): code for code, names in codes.items() for name in names}
