"""Texts of pages: money, reasons, notes, totals, and their translations."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from baihuo.ads import AdReason
from baihuo.core import BrokenFile, Page, Placed
from baihuo.rank.reasons import CODES
from baihuo.serve import ServeConfig, create_app
from baihuo.serve.storefront.view import (
    builtin_texts,
    load_translations,
    notes_of,
    price_of,
    reason_of,
    total_of,
)

TRANSLATIONS = load_translations(Path("nowhere"), ("en", "zh"))


def _page(**values: Any) -> Page:
    base: dict[str, Any] = {
        "query_id": "q",
        "surface": "search",
        "bundle_id": "b",
        "index_id": "i",
        "placed": (),
        "page": 1,
        "page_size": 24,
        "total": 0,
    }
    return Page(**{**base, **values})


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (124_900, "CNY", "¥1,249"),
        (124_905, "CNY", "¥1,249.05"),
        (5, "EUR", "€0.05"),
        (0, "USD", "$0"),
        (1500, "JPY", "¥1,500"),
        (1500, "KWD", "KWD 1.500"),
        (100, None, "1"),
    ],
)
def test_money_is_written_in_the_digits_of_its_currency(
    minor: int, currency: str | None, shown: str
) -> None:
    assert str(price_of(minor, currency)) == shown
    assert price_of(None, currency) is None


def test_every_text_is_there_in_every_language_with_the_same_blanks() -> None:
    texts = builtin_texts()
    assert set(texts) == {"en", "zh"}
    assert texts["en"].keys() == texts["zh"].keys()
    for key, english in texts["en"].items():
        blanks = re.findall(r"\{\w+\}", english)
        assert sorted(blanks) == sorted(re.findall(r"\{\w+\}", texts["zh"][key])), key


def test_every_text_is_used_somewhere() -> None:
    folder = Path(__file__).parents[2] / "src" / "baihuo" / "serve" / "storefront"
    used = "".join(
        p.read_text(encoding="utf-8")
        for p in folder.rglob("*")
        if p.suffix in (".py", ".html") and p.is_file()
    )
    for key in builtin_texts()["en"]:
        made = re.match(r"((ad_)?reason|note|sort|error)_", key)
        assert made or f'"{key}"' in used or f"'{key}'" in used or f".{key}" in used, key


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_reason_of_an_ad_has_words(language: str) -> None:
    texts = builtin_texts()[language]
    assert {k for k in texts if k.startswith("ad_reason_")} == {f"ad_reason_{r}" for r in AdReason}


@pytest.mark.parametrize("surface", ["search", "home", "similar"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_reason_of_the_ranker_has_words(surface: str, language: str) -> None:
    for code in CODES:
        for detail in ("", "A title that goes on and on until nobody reads it any more", "诺维克"):
            placed = Placed(
                product_id="p",
                position=1,
                score=1.0,
                propensity=None,
                reason=code,
                reason_detail=detail,
            )
            reason = reason_of(placed, surface, TRANSLATIONS[language])
            assert reason
            assert "_" not in reason
            assert "{" not in reason
            assert len(reason) < 60


def test_notes_are_said_and_unknown_ones_kept_for_machines() -> None:
    page = _page(notes=("relaxed:2", "corrected:labtop:laptop", "changed:1", "new_kind:7"))
    notes = notes_of(page, TRANSLATIONS["en"])
    assert len(notes) == 3
    assert "at least 2" in notes[0]
    assert "“labtop”" in notes[1]


def test_what_is_not_sold_is_said_in_both_languages() -> None:
    page = _page(notes=("not_sold:sofa", "unknown_brand:nike", "unknown_word:robot"))
    for language in ("en", "zh"):
        notes = notes_of(page, TRANSLATIONS[language])
        assert len(notes) == 3
        for note, word in zip(notes, ("sofa", "nike", "robot"), strict=True):
            assert f"“{word}”" in note


def test_a_total_that_was_cut_says_at_least() -> None:
    assert total_of(_page(total=1), TRANSLATIONS["en"]) == "1 product"
    assert total_of(_page(total=1200), TRANSLATIONS["zh"]) == "1,200 件商品"
    assert total_of(_page(total=1200, total_is_exact=False), TRANSLATIONS["en"]).startswith(
        "at least"
    )


def test_a_shops_own_words_are_used_and_a_broken_file_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "words"
    folder.mkdir()
    words = {"attributes": {"Colour": "颜色"}, "values": {"Red": "红色"}, "units": {"Power": "W"}}
    (folder / "zh.json").write_text(json.dumps(words), encoding="utf-8")
    zh = load_translations(tmp_path, ("zh",))["zh"]
    assert (zh.attribute("Colour"), zh.attribute("Size")) == ("颜色", "Size")
    assert (zh.value("Colour", "Red"), zh.value("Power", 20.0)) == ("红色", "20 W")
    assert (zh.value("Wireless", True), zh.value("Wireless", "no")) == ("是", "否")
    (folder / "zh.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(BrokenFile, match="fix: write"):
        load_translations(tmp_path, ("zh",))


def test_a_shop_before_its_first_release_says_that_it_is_about_to_open(tmp_path: Path) -> None:
    with TestClient(create_app(tmp_path, ServeConfig())) as client:
        for language, text in (("en", "about to open"), ("zh", "即将营业")):
            headers = {"Accept": "text/html", "Accept-Language": language}
            answer = client.get("/", headers=headers)
            client.cookies.clear()
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "1"
            assert text in answer.text
        assert client.get("/").headers["content-type"] == "application/problem+json"
