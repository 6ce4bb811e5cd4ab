"""Labels in another form than the shop's, and devices that do not run their platform."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.checks("label_form", "device_against_platform")

AGENT = (
    "Mozilla/5.0 (Linux; Android 13; SM-A546B) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"
)


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
    ("country", "276", "DE"),
    ("country", "+49", "DE"),
    ("country", "0049", "DE"),
    ("country", "UK", "GB"),
    ("country", "de", "DE"),
    ("language", "German", "de"),
    ("language", "英文", "en"),
    ("language", "English (United Kingdom)", "en-GB"),
    ("language", "English (India)", "en"),
    ("language", "en_GB", "en-GB"),
    ("language", "Chinese (Taiwan)", "zh-TW"),
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


def test_a_browsers_whole_name_is_no_device_unless_it_is_so_everywhere(
    event: Any, cleaned: Any
) -> None:
    run = cleaned([*usual(event), labelled(event, 301, device=AGENT)])
    assert ("0:301", "label_form", "note") in run.found()
    assert not cleaned([labelled(event, n, device=AGENT) for n in range(50)]).found()


def test_a_shop_that_writes_names_keeps_them(event: Any, cleaned: Any) -> None:
    rows = [labelled(event, n, country="Germany", language="German") for n in range(200)]
    run = cleaned([*rows, labelled(event, 301), labelled(event, 302, country="France")])
    assert not {f for f in run.found() if f[1] == "label_form"}


def test_an_iphone_with_android_is_noted_and_one_on_the_web_is_not(
    event: Any, cleaned: Any
) -> None:
    others = [labelled(event, 400 + n, platform="android", device="Pixel 8") for n in range(100)]
    odd = [
        labelled(event, 600, platform="android", device="iphone"),
        labelled(event, 601, platform="iOS", device="Pixel 8"),
        labelled(event, 602, platform="web", device="iphone"),
    ]
    run = cleaned([*usual(event), *others, *odd])
    found = {f for f in run.found() if f[1] == "device_against_platform"}
    assert found == {(f"0:{n}", "device_against_platform", "note") for n in (401, 402)}
