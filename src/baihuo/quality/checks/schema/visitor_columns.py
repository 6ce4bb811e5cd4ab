"""What events say of their visitors: a region of another country than theirs, interests whose last one was cut.

The log says which departments there are, ISO 3166-2 that a region's code begins with its country's.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from baihuo.core import INTEREST_SEPARATOR
from baihuo.engine import sql_text
from baihuo.quality.findings import FindingsStore

_MOST = 0.05  # of the rows that say it: more is how the shop writes the column
_TIMES = 5  # and how much commoner the whole name is
_MAX_VALUES = 20_000
_REGION = re.compile("([A-Z]{2})-([A-Z0-9]{1,3})")
# countries of ISO 3166-1 whose codes of ISO 3166-2 may be those of the state that they belong to
_BELONGS = {
    country: state
    for state, countries in {
        "FR": "BL GF GP MF MQ NC PF PM RE TF WF YT",
        "US": "AS GU MP PR UM VI",
        "CN": "HK MO TW",
        "NL": "AW BQ CW SX",
        "GB": "GG IM JE GI",
        "FI": "AX",
        "NO": "BV SJ",
        "DK": "FO GL",
        "AU": "CC CX NF",
    }.items()
    for country in countries.split()
}


def odd_regions(findings: FindingsStore) -> list[str]:
    """The note of regions that are not in their country, in a log where nearly all are."""
    pairs = _counts(findings, "country", "region")
    n_all = sum(row["n"] for row in pairs)
    odd = [row for row in pairs if _is_elsewhere(row["country"], row["region"])]
    if not odd or sum(row["n"] for row in odd) > _MOST * n_all:
        return []
    listed = ", ".join(f"({sql_text(r['country'])}, {sql_text(r['region'])})" for r in odd)
    return [
        "SELECT import_id, line, 'misplaced_value' AS rule, 'note' AS action, 'region' AS field, CAST(NULL AS VARCHAR) AS new, "
        "CAST(to_json(struct_pack(field := 'region', old := region, country := country)) AS VARCHAR) AS detail "
        f"FROM {findings.rows('country', 'region')} WHERE (country, region) IN ({listed})"
    ]


def _is_elsewhere(country: str, region: str) -> bool:
    """Whether a region's code says another country.

    >>> _is_elsewhere("GB", "CN-SC"), _is_elsewhere("CN", "CN-SC"), _is_elsewhere("HK", "CN-HK"), _is_elsewhere("US", "CA")
    (True, False, False, False)
    """
    code = _REGION.fullmatch(region)
    if code is None or re.fullmatch("[A-Z]{2}", country) is None:
        return False
    return country not in code.groups() and _BELONGS.get(country) != code[1]


def cut_interests(findings: FindingsStore) -> list[str]:
    """The note of interests whose last one is the beginning of one that the log has many times."""
    values = _counts(findings, "interests")
    n_all = sum(row["n"] for row in values)
    whole = _cut(values)
    if not whole or sum(row["n"] for row in values if row["interests"] in whole) > _MOST * n_all:
        return []
    cases = " ".join(f"WHEN {sql_text(old)} THEN {sql_text(new)}" for old, new in whole.items())
    return [
        "SELECT import_id, line, 'label_form' AS rule, 'note' AS action, 'interests' AS field, CAST(NULL AS VARCHAR) AS new, "
        "CAST(to_json(struct_pack(field := 'interests', old := left(interests, 200), "
        f"begins := CASE interests {cases} END)) AS VARCHAR) AS detail "
        f"FROM {findings.rows('interests')} WHERE interests IN ({', '.join(map(sql_text, whole))})"
    ]


def _cut(values: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Each value whose last interest was cut, with the interest that it begins."""
    counts, last = Counter[str](), dict[str, str]()
    for row in values:
        parts = row["interests"].split(INTEREST_SEPARATOR)
        last[row["interests"]] = parts[-1]
        for part in parts:
            counts[part] += row["n"]
    names = sorted(counts)
    begins = {p: whole for p in set(last.values()) if (whole := _whole(p, counts, names))}
    return {value: begins[part] for value, part in last.items() if part in begins}


def _whole(part: str, counts: Mapping[str, int], names: Sequence[str]) -> str | None:
    """The interests that a rarer one is the beginning of, if it ends within a word or behind a sign.

    ``names`` are those of ``counts``, sorted: what begins alike stands together, and of 20,000 a few are read.

    >>> counts = {"Garden": 2, "Garden & To": 1, "Garden & Tools": 90}
    >>> _whole("Garden & To", counts, sorted(counts)), _whole("Garden", counts, sorted(counts))
    ('Garden & Tools', None)
    """
    first = bisect_right(names, part)
    behind = (names[n] for n in range(first, len(names) if part else first))
    alike = takewhile(lambda other: other.startswith(part), behind)
    longer = [other for other in alike if counts[other] >= _TIMES * counts[part]]
    is_within = all(other[len(part)].isalnum() or not part[-1].isalnum() for other in longer)
    return " / ".join(longer) if longer and is_within else None


def _counts(findings: FindingsStore, *columns: str) -> list[dict[str, Any]]:
    """How often which values come together, where all are known: ``n`` rows. Empty where they are too many."""
    if set(columns) & findings.empty:
        return []
    are_known = " AND ".join(f"{name} IS NOT NULL" for name in columns)
    found = findings.tables.sql(
        f"SELECT {', '.join(columns)}, count(*) AS n FROM {findings.rows(*columns)} WHERE {are_known} "
        f"GROUP BY ALL ORDER BY ALL LIMIT {_MAX_VALUES + 1}",
        out=None,
        **findings.inputs(),
    )
    return found.to_pylist() if found.num_rows <= _MAX_VALUES else []
