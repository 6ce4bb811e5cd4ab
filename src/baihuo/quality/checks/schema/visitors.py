"""Ids of visitors that are no plain id of one person: in quotes or JSON, behind a word of another system, rounded, of testers, addresses of the network.

Each distinct id is looked at once, and rows only of those that are in question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import yaml

from baihuo.engine import sql_file, sql_text
from baihuo.quality.findings import FindingsStore

_ROUNDED = r"[1-9](?:[.,][0-9]+)?[eE]\+[0-9]{1,3}"
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_ADDRESS = rf"(?:{_OCTET}\.){{3}}{_OCTET}(?::[0-9]{{1,5}})?|(?:[0-9a-fA-F]{{1,4}}:){{7}}[0-9a-fA-F]{{1,4}}|(?:[0-9a-fA-F]{{1,4}}:)+(?::[0-9a-fA-F]{{1,4}})+"
_WRAPPED = r"[\s\pZ\pC\"'`{}\[\];=<>\\“”‘’«»]|%(?:22|27|3[bBdD]|7[bBdD])"
_BEHIND = "^[A-Za-z]{2,16}[:_|/.=-]+(.{6,})$"
_BEFORE = "^(.{6,})[:_|/@.=-]+[A-Za-z]{2,16}$"
_SURELY_WRAPPED = re.compile(
    r"""^\s*[{\[].*[}\]]\s*$|^[\\"'`“”‘’«»]{1,8}[^"'`“”‘’«»]*[\\"'`“”‘’«»]{1,8}$|^%2[27].*%2[27]$"""
    r"""|; ?(?:path|max-age|expires|domain|secure|httponly|samesite|priority|partitioned)\b""",
    re.IGNORECASE | re.DOTALL,
)
_TOKEN = re.compile(r"[^\W_](?:[\w.:@~|-]*\w)?")
_MOST = 0.05  # of the visitors: more is how the shop gives out its ids
_MAX_ODD = 10_000  # ids that are read one by one
_ODD_IDS = sql_file(__file__, "odd_visitor_ids")
_WRAPPED_VISITORS = sql_file(__file__, "wrapped_visitors")


def odd_visitors(findings: FindingsStore) -> list[str]:
    """Statements of the findings; none where every visitor has a plain id."""
    odd = findings.tables.sql(
        _ODD_IDS(
            rows=findings.rows("visitor_id"),
            rounded=sql_text(f"^(?:{_ROUNDED})$"),
            address=sql_text(f"^(?:{_ADDRESS})$"),
            tests=sql_text(_of_tests()),
            wrapped=sql_text(_WRAPPED),
            behind=sql_text(_BEHIND),
            before=sql_text(_BEFORE),
            most=_MAX_ODD,
        ),
        out=None,
        **findings.inputs(),
    ).to_pylist()
    if not odd:
        return []
    n_visitors = odd[0]["n_visitors"]
    ids: dict[str, list[str]] = {}
    for row in odd:
        ids.setdefault(row["sort"], []).append(row["visitor_id"])
    selects = []
    if rounded := ids.get("rounded"):
        selects.append(
            _select(
                findings,
                "no_visitor",
                "quarantine",
                rounded,
                "a number that was rounded stands for many",
            )
        )
    tests = [name for name in ids.get("tests", ()) if _is_of_tests(name)]
    for names, why in (
        (ids.get("address", []), "an address of the network"),
        (tests, "a test, or one of the shop's own people"),
    ):
        if 0 < len(names) <= max(1.0, _MOST * n_visitors):
            selects.append(_select(findings, "odd_visitor", "note", names, why))
    in_question = [
        (name, plain)
        for name in (*ids.get("wrapped", ()), *ids.get("case", ()))
        for plain in plain_ids(name)
    ]
    in_question += [(row["visitor_id"], row["plain"]) for row in odd if row["plain"]]
    if in_question:
        selects += _wrapped(findings, in_question, n_visitors)
    return selects


def _wrapped(
    findings: FindingsStore, in_question: Iterable[tuple[str, str]], n_visitors: int
) -> list[str]:
    """Ids that hold another visitor's: repaired where a row of the same visit has that one plain."""
    pairs = [
        f"({sql_text(name)}, {sql_text(plain)}, {is_sure})"
        for name, plain in in_question
        for is_sure in (str(_SURELY_WRAPPED.search(name) is not None).lower(),)
    ]
    return [
        _WRAPPED_VISITORS(
            rows=findings.rows("visitor_id", "session_id"),
            pairs=", ".join(pairs),
            max_sure=int(max(1.0, _MOST * n_visitors)),
        )
    ]


def plain_ids(name: str) -> list[str]:
    """What may be the id within an id, the text in lower case if it has nothing around it.

    >>> plain_ids('{"id":"v17","t":3}'), plain_ids("uid=v17; path=/"), plain_ids("V17")
    (['id', 'v17', 't', '3'], ['uid', 'v17', 'path'], ['v17'])
    """
    found = list(dict.fromkeys(_TOKEN.findall(unquote(name))))
    return found if found != [name] else [name.lower()]


def _select(findings: FindingsStore, check: str, action: str, ids: Iterable[str], why: str) -> str:
    return (
        f"SELECT import_id, line, '{check}' AS rule, '{action}' AS action, CAST(NULL AS VARCHAR) AS field, CAST(NULL AS VARCHAR) AS new, "
        f"CAST(to_json(struct_pack(field := 'visitor_id', old := visitor_id, why := {sql_text(why)})) AS VARCHAR) AS detail "
        f"FROM {findings.rows('visitor_id')} WHERE visitor_id IN ({', '.join(map(sql_text, ids))})"
    )


def _of_tests() -> str:
    """RE2 of ids that hold a word of tests: the few that match are read word by word."""
    words = "|".join(sorted(_words()["sure"]))
    return f"(?i)(?:^|[^a-z0-9])(?:{words})[0-9]*(?:$|[^a-z0-9])"


def _is_of_tests(name: str) -> bool:
    words = re.findall(r"[a-z]+(?:[0-9]+[a-z]+)?|[一-鿿]+", name.lower())
    known = _words()
    return any(w in known["sure"] for w in words) and all(
        w in known["sure"] or w in known["others"] for w in words
    )


@cache
def _words() -> dict[str, frozenset[str]]:
    file = Path(__file__).with_name("visitors.yaml")
    return {
        part: frozenset(words)
        for part, words in yaml.safe_load(file.read_text(encoding="utf-8")).items()
    }
