"""Ids of persons become pseudonyms when files are imported, as they do over the API."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from baihuo.connect import import_files, segments
from baihuo.engine import DuckTables
from baihuo.privacy import IdMode, Pseudonyms, column_mask

KEY = b"a key of these tests"
EMAIL, PHONE = "anna@mail.example", "+86 138 1234 5678"
ROWS = [
    {"visitor_id": "account-17", "session_id": "s-1", "order_id": "A-1", "quantity": "1"},
    {"visitor_id": EMAIL, "session_id": PHONE, "order_id": "A-2", "quantity": "1"},
    {"visitor_id": "account-17", "session_id": "", "order_id": "A-1", "quantity": "many"},
    {"visitor_id": EMAIL, "session_id": "s-2", "order_id": "", "quantity": "many"},
]


def imported(folder: Path, ids: IdMode) -> list[dict[str, Any]]:
    path = folder / "events.csv"
    rows = [
        {"event_id": f"e-{i} {EMAIL}" if i == 1 else f"e-{i}", "event_type": "purchase", **row}
        | {"product_id": "13812345678", "time": "2026-01-01T00:00:00Z", "device": f"at {EMAIL}"}
        for i, row in enumerate(ROWS)
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    tables, raw = DuckTables(threads=1), folder / "raw"
    import_files([path], raw=raw, tables=tables, mask=column_mask(KEY, ids))
    (segment,) = segments(raw, "events")
    kept: list[dict[str, Any]] = pq.read_table(segment).to_pylist()
    return kept


def refused(folder: Path) -> str:
    return "\n".join(
        str(pq.read_table(f).to_pylist()) for f in folder.glob("raw/quarantine/*.parquet")
    )


@pytest.mark.parametrize("ids", ["plain", "hmac"])
def test_history_and_live_events_name_the_same_visitor(ids: IdMode, tmp_path: Path) -> None:
    kept = imported(tmp_path, ids)
    live = Pseudonyms(KEY, ids).identities
    for row, given in zip(kept, ROWS, strict=False):
        for name in ("visitor_id", "session_id", "order_id"):
            assert row[name] == live.of(given[name]), name
    assert kept[0]["visitor_id"] == "account-17" or ids == "hmac"
    assert kept[1]["visitor_id"].startswith("hmac-")
    assert kept[1]["event_id"] == live.unless_plain(f"e-1 {EMAIL}")
    assert {row["product_id"] for row in kept} == {"13812345678"}
    assert all(row["device"].startswith("at ⟨email:") for row in kept)


def test_a_refused_row_holds_no_id_of_a_person(tmp_path: Path) -> None:
    imported(tmp_path, "hmac")
    text = refused(tmp_path)
    assert "many" in text
    assert "account-17" not in text
    assert "A-1" not in text
    assert EMAIL not in text
    assert Pseudonyms(KEY, "hmac").identities.of("account-17") in text


def test_another_setting_replaces_the_import_and_the_same_changes_nothing(tmp_path: Path) -> None:
    plain = imported(tmp_path, "plain")
    assert imported(tmp_path, "plain") == plain
    hidden = imported(tmp_path, "hmac")
    assert [r["visitor_id"] for r in hidden] != [r["visitor_id"] for r in plain]
    assert len(hidden) == len(plain) == 2


def test_consent_is_read_as_tools_write_it(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    lines = ["event_type,user_id,item_id,time,ad_personalization,analytics_storage"]
    given = [("GRANTED", "denied"), ("no", "1"), ("", "true"), ("maybe", "granted")]
    lines += [f"click,v{i},p1,2026-01-01,{a},{b}" for i, (a, b) in enumerate(given)]
    path.write_text("\n".join(lines), encoding="utf-8")
    done = import_files(
        [path], raw=tmp_path / "raw", tables=DuckTables(threads=1), mask=column_mask(KEY)
    )
    assert (done.n_kept, done.reasons) == (3, {"bad_consent": 1})
    (segment,) = segments(tmp_path / "raw", "events")
    rows = pq.read_table(segment).to_pylist()
    assert [(r["consent_personalization"], r["consent_analytics"]) for r in rows] == [
        ("granted", "denied"),
        ("denied", "granted"),
        (None, "granted"),
    ]


def test_consent_is_read_from_json_as_ga4_nests_it(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    row = {"event_type": "click", "user_id": "v", "item_id": "p1", "time": "2026-01-01T00:00:00Z"}
    consent = {"ad_personalization": "DENIED", "ad_user_data": "GRANTED"}
    agreed = {"ad_personalization": "GRANTED", "ad_user_data": "GRANTED"}
    rows = [{**row, "consent": consent}, row, {**row, "consent": agreed}]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    done = import_files(
        [path], raw=tmp_path / "raw", tables=DuckTables(threads=1), mask=column_mask(KEY)
    )
    assert done.n_kept == 3, done.reasons
    (segment,) = segments(tmp_path / "raw", "events")
    kept = pq.read_table(segment).to_pylist()
    assert [r["consent_personalization"] for r in kept] == ["denied", None, "granted"]
