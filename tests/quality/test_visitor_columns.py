"""What events say of their visitors: regions and interests."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.checks("damaged_text", "misplaced_value", "label_form")


def found_by(run: Any, check: str) -> dict[str, str]:
    return {row: action for row, name, action in run.found() if name == check}


def test_a_region_of_another_country_is_noted(event: Any, cleaned: Any) -> None:
    pairs = [("DE", "DE-BY"), ("US", "US-CA"), ("GB", "GB"), ("US", "CA")] * 30
    odd = [("DE", "JP-13"), ("HK", "CN-HK"), ("RE", "FR-974"), ("US", "US-PR"), ("PR", "US-PR")]
    rows = [
        event("click", 60 * i, visitor_id=f"v{i}", country=country, region=region)
        for i, (country, region) in enumerate([*pairs, *odd])
    ]
    run = cleaned(rows)
    assert found_by(run, "misplaced_value") == {"0:121": "note"}
    assert run.details()["0:121", "misplaced_value"] == {
        "field": "region",
        "old": "JP-13",
        "country": "DE",
    }
    moved = [  # a shop that says where it sends to, and where the visitor is
        event("click", i, visitor_id=f"v{i}", country="DE", region="AT-9" if i % 3 else "DE-BY")
        for i in range(60)
    ]
    assert found_by(cleaned(moved), "misplaced_value") == {}


def test_interests_that_were_cut_are_noted_and_shorter_names_of_departments_are_not(
    event: Any, cleaned: Any
) -> None:
    usual = ["Garden & Tools | Toys", "母婴用品", "Toys", "Pets | Garden & Tools"] * 40
    other = ["Toys | Garden & To", "Pets | 母婴", "Garden &", "Garden", "Art", "Pets | T"]
    rows = [
        event("click", 60 * i, visitor_id=f"v{i}", interests=value)
        for i, value in enumerate([*usual, *other])
    ]
    run = cleaned(rows)
    assert found_by(run, "label_form") == dict.fromkeys(
        ("0:161", "0:162", "0:163", "0:166"), "note"
    )
    assert run.details()["0:161", "label_form"]["begins"] == "Garden & Tools"


def test_damage_of_interests_is_repaired(event: Any, cleaned: Any) -> None:
    texts = ["Garden &amp; Tools | Toys", "Hi&#45;Fi", r"\u6bcd\u5a74", "R&D | <3", "R&B"]
    run = cleaned([event("click", 60 * i, interests=text) for i, text in enumerate(texts)])
    assert [r["interests"] for r in run.rows("events")] == [
        "Garden & Tools | Toys",
        "Hi-Fi",
        "母婴",
        *texts[3:],
    ]
    assert found_by(run, "damaged_text") == dict.fromkeys(("0:1", "0:2", "0:3"), "repair")
