"""Labels in another form than the shop's, or in another column."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.checks("label_form", "misplaced_value")


def labelled(event: Any, n: int, **changes: Any) -> Any:
    labels = {"platform": "ios", "device": "iphone", "country": "DE", "language": "de"} | changes
    return event("impression", n, visitor_id=f"v{n}", **labels)


def usual(event: Any) -> list[Any]:
    of = [("DE", "de"), ("CN", "zh"), ("GB", "en-GB"), ("US", "en"), ("TW", "zh-TW")]
    return [labelled(event, n, country=of[n % 5][0], language=of[n % 5][1]) for n in range(300)]


FORMS = (
    ("country", "Germany", "DE"),
    ("country", "德国", "DE"),
    ("country", "DEU", "DE"),
    ("country", "UK", "GB"),
    ("country", "de", "DE"),
    ("language", "German", "de"),
    ("language", "英文", "en"),
    ("language", "en_GB", "en-GB"),
    ("device", "iPhone", "iphone"),
)
OTHERS = (
    ("country", "FR"),
    ("country", "France"),
    ("country", "+1"),
    ("language", "fr"),
    ("language", "klingon"),
    ("device", "tablet"),
    ("country", "CH"),
)


def test_a_label_takes_the_form_of_the_shop_and_what_no_row_has_a_code_of_stays(
    event: Any, cleaned: Any
) -> None:
    odd = [(field, old) for field, old, _ in FORMS] + list(OTHERS)
    rows = [labelled(event, 301 + n, **{field: value}) for n, (field, value) in enumerate(odd)]
    run = cleaned([*usual(event), *rows])
    assert {f for f in run.found() if f[1] == "label_form"} == {
        (f"0:{301 + n}", "label_form", "repair") for n in range(len(FORMS))
    }
    kept = run.rows("events")[300:]
    wanted = [new for *_, new in FORMS] + [value for _, value in OTHERS]
    assert [row[field] for row, (field, _) in zip(kept, odd, strict=True)] == wanted


def test_a_shop_that_writes_names_keeps_them(event: Any, cleaned: Any) -> None:
    rows = [labelled(event, n, country="Germany", language="German") for n in range(200)]
    run = cleaned([*rows, labelled(event, 301), labelled(event, 302, country="France")])
    assert not {f for f in run.found() if f[1] == "label_form"}


def test_labels_of_two_columns_out_of_place_are_found_and_one_is_left(
    event: Any, cleaned: Any
) -> None:
    rows = [labelled(event, n, country="CN", language="zh") for n in range(300)]
    rows += [
        labelled(event, 301, country="zh", language="CN"),
        labelled(event, 302, platform="s77", device="ios", country="iphone", language="CN"),
        labelled(event, 303, country="zh", language="zh"),  # who knows what this shop means by it
    ]
    found = {f for f in cleaned(rows).found() if f[1] == "misplaced_value"}
    assert found == {
        ("0:301", "misplaced_value", "note"),
        ("0:302", "misplaced_value", "quarantine"),
    }


def test_a_field_of_another_type_of_event_is_noted_unless_the_shop_uses_it_so(
    event: Any, cleaned: Any
) -> None:
    clicks = [event("click", n, visitor_id=f"v{n}") for n in range(60)]
    stays = [event("dwell", n + 9, visitor_id=f"v{n}", dwell_ms=9_000) for n in range(60)]
    stay = event("click", 700, dwell_ms=4_000)
    found = cleaned([*clicks, *stays, stay]).found()
    assert found == {("0:121", "misplaced_value", "note")}
    own = [event("click", 800 + n, dwell_ms=4_000) for n in range(9)]
    assert not cleaned([*clicks, *stays, *own]).found()
