"""Labels in another form than the shop's: a country by its name, a language in words, a browser's whole name as the device.

The shop's own rows say which form is usual, ISO 3166 and ISO 639 which code a name has. A label is looked at once, not in each row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from baihuo.engine import sql_text
from baihuo.quality.findings import FindingsStore

LABELS = ("platform", "device", "country", "language")
_MAX_COMBINATIONS = 20_000
_MOST = 0.2  # of a column's rows: a commoner form is one of the shop's
_TIMES = 5  # and how much commoner the usual form is
_MOST_CODES = 0.8  # of a column's rows have codes, where it is one of codes
_CODES = {
    "country": re.compile("[A-Z]{2}"),
    "language": re.compile("[a-z]{2,3}(?:[-_][A-Za-z]{2,4}){0,2}"),
}
_USER_AGENT = re.compile(
    r"^(?:Mozilla|Opera|Dalvik)/\d|^okhttp/|CFNetwork/|AppleWebKit/|Darwin/\d|MicroMessenger/"
)
_OF_REGION = re.compile(
    r"^(?P<name>[^(（\[,/-]{2,40}?) ?(?:[(（\[] ?(?P<region>[^)）\]]{2,30})[)）\]]|[,/-] ?(?P<behind>.{2,30}))$"
)
_MOST_ODD_PAIR = 0.05  # of a device's rows


def label_combinations(findings: FindingsStore) -> list[dict[str, Any]]:
    """How often which platform, device, country and language come together: ``n`` rows. Empty where they are too many."""
    labels = ", ".join(LABELS)
    found = findings.tables.sql(
        f"SELECT {labels}, count(*) AS n FROM {findings.rows(*LABELS)} GROUP BY ALL LIMIT {_MAX_COMBINATIONS + 1}",
        out=None,
        **findings.inputs(),
    )
    return found.to_pylist() if found.num_rows <= _MAX_COMBINATIONS else []


def count_labels(combinations: Sequence[Mapping[str, Any]]) -> dict[str, Counter[str]]:
    """How often each label has which value."""
    counts = {name: Counter[str]() for name in LABELS}
    for row in combinations:
        for name in LABELS:
            if row[name] is not None:
                counts[name][row[name]] += row["n"]
    return counts


def label_forms(findings: FindingsStore, counts: Mapping[str, Counter[str]]) -> list[str]:
    """Statements that repair labels in another form than the shop's, or note them."""
    return [
        select
        for name, of in counts.items()
        for select in _of_column(findings, name, {v: usual_form(name, v, of) for v in _rare(of)})
    ]


def _rare(of: Counter[str]) -> list[str]:
    total = of.total()
    return [value for value, n in of.items() if n <= _MOST * total]


def usual_form(name: str, value: str, of: Counter[str]) -> str | None:
    """The form that a column usually has of a value; an empty text: of no form that can be told; None: it is as usual.

    >>> usual_form("country", "中国", Counter({"CN": 90, "US": 9, "中国": 1}))
    'CN'
    """
    if name == "device" and _USER_AGENT.search(value) is not None:
        return ""
    known = [other for other in of if other != value and _plain(other) == _plain(value)]
    if not known and name in _CODES:
        pattern = _CODES[name]
        n_codes = sum(n for other, n in of.items() if pattern.fullmatch(other) is not None)
        if n_codes < _MOST_CODES * of.total() or (value in of and value in _codes_of(name)):
            return None
        known = [code for code in _named(name, value) if code in of]
    usual = (
        max(known, key=lambda other: of[other], default=None)
        if name != "language"
        else next(iter(known), None)
    )
    return usual if usual is not None and of[usual] >= _TIMES * of[value] else None


def odd_devices(findings: FindingsStore, combinations: Sequence[Mapping[str, Any]]) -> list[str]:
    """The note of devices that the platform of their row cannot run on: an iPhone with Android."""
    total, pairs = Counter[str](), Counter[tuple[str, str]]()
    for row in combinations:
        if row["device"] is not None and row["platform"] is not None:
            total[row["device"]] += row["n"]
            pairs[row["platform"], row["device"]] += row["n"]
    odd = [
        f"(platform = {sql_text(platform)} AND device = {sql_text(device)})"
        for (platform, device), n in sorted(pairs.items())
        if n <= _MOST_ODD_PAIR * total[device] and _are_of_two_makers(platform, device)
    ]
    if not odd:
        return []
    return [
        "SELECT import_id, line, 'device_against_platform' AS rule, 'note' AS action, 'device' AS field, CAST(NULL AS VARCHAR) AS new, "
        "CAST(to_json(struct_pack(field := 'device', old := device, platform := platform)) AS VARCHAR) AS detail "
        f"FROM {findings.rows('platform', 'device')} WHERE {' OR '.join(odd)}"
    ]


def _are_of_two_makers(platform: str, device: str) -> bool:
    names = _tables()
    word = re.split(r"[^a-z]+", device.lower())[0]
    makers = {
        "ios": "apple",
        "iphone": "apple",
        "ipados": "apple",
        "ipad": "apple",
        "android": "android",
    }
    runs = makers.get(re.split(r"[^a-z]+", platform.lower())[0])
    return runs is not None and any(
        word in names[maker] for maker in ("apple", "android") if maker != runs
    )


def _of_column(findings: FindingsStore, name: str, forms: Mapping[str, str | None]) -> list[str]:
    rows = findings.rows(name)
    selects = []
    for action, new_of in (
        ("repair", {old: new for old, new in forms.items() if new}),
        ("note", {old: None for old, new in forms.items() if new == ""}),
    ):
        if not new_of:
            continue
        cases = " ".join(
            f"WHEN {sql_text(old)} THEN {sql_text(new)}" for old, new in new_of.items() if new
        )
        new = f"CASE {name} {cases} END" if cases else "CAST(NULL AS VARCHAR)"
        selects.append(
            f"SELECT import_id, line, 'label_form' AS rule, '{action}' AS action, '{name}' AS field, {new} AS new, "
            f"CAST(to_json(struct_pack(field := '{name}', old := left({name}, 200), new := {new})) AS VARCHAR) AS detail "
            f"FROM {rows} WHERE {name} IN ({', '.join(map(sql_text, new_of))})"
        )
    return selects


def _plain(value: str) -> str:
    return value.strip().casefold().replace("_", "-")


def _named(name: str, value: str) -> list[str]:
    """The codes that a value may be a name of, the most exact first."""
    if name == "country":
        codes = _codes("countries").get(_key(value))
        return [codes] if codes else []
    language, region = _codes("languages").get(_key(value)), None
    if language is None and (parts := _OF_REGION.match(value.strip())) is not None:
        language = _codes("languages").get(_key(parts["name"]))
        region = _codes("countries").get(_key(parts["region"] or parts["behind"]))
    if language is None:
        return []
    exact = [f"{language}{gap}{region}" for gap in "-_"] if region else []
    return [*exact, language, *(["zh-CN", "zh_CN", "zh-Hans"] if language == "zh" else [])]


def _codes_of(name: str) -> frozenset[str]:
    return frozenset(_tables()["countries" if name == "country" else "languages"])


def _key(value: str) -> str:
    plain = value.strip().casefold()
    return "+" + plain[2:] if re.fullmatch("00[1-9][0-9]{1,3}", plain) else plain


@cache
def _codes(table: str) -> dict[str, str]:
    """Each other name of a table, in lower case, with its code."""
    return {
        str(name).casefold(): str(code)
        for code, names in _tables()[table].items()
        for name in names
    }


@cache
def _tables() -> dict[str, Any]:
    file = Path(__file__).with_name("labels.yaml")
    loaded: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return loaded
