"""Cells that hold what belongs elsewhere, or nothing: pages, programs, other columns. Noted; a description may be left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product, Variant

pytestmark = pytest.mark.checks(
    "attributes",
    "mixed_units",
    "unit_outlier",
    "no_title",
    "unreadable_characters",
    "markup",
    "boilerplate",
    "description_of_another",
    "keyword_stuffing",
    "broken_picture",
    "wrong_category",
)

COLOURS = ("red", "blue", "green", "black")
KINDS = ("running shoes", "rain jacket", "desk lamp")


def things(n: int = 120) -> list[Product]:
    """Things of four brands whose titles, texts and attributes agree."""
    made = []
    for i in range(n):
        brand, colour, kind = f"Norvik{'abcd'[i % 4]}", COLOURS[i % 4], KINDS[i % 3]
        made.append(
            Product(
                product_id=f"s{i}",
                title_en=f"{brand} NV{1000 + i} sturdy {kind} {colour}",
                description_en=f"Owners of the NV{1000 + i} praise its {colour} finish, which {brand} tests {i + 7} times.",
                brand=brand,
                model=f"NV{1000 + i}",
                category=("Goods", kind.title()),
                attributes={"Colour": colour, "Weight": f"{200 + i} g"},
                codes=(f"69{i:011d}",),
                variants=tuple(
                    Variant(variant_id=f"s{i}-{s}", attributes={"Size": s, "Colour": colour})
                    for s in ("S", "M", "L")
                ),
                price_minor=19_900 + 137 * (i * i % 97),
                currency="CNY",
                stock_units=30 + i * i % 53,
            )
        )
    return made


def of_each(cleaned: Any, changes: Sequence[Mapping[str, Any]]) -> list[set[tuple[str, str]]]:
    """(check, action) of what is found of red shoes of one brand, each with one change; of all other things nothing is.

    Texts are written for the first of them, NV1000, and become those of each one's model.
    """
    made = things(max(120, 12 * len(changes)))
    for n, changed in enumerate(changes):
        own: dict[str, Any] = {
            field: value.replace("1000", str(1000 + 12 * n)) if isinstance(value, str) else value
            for field, value in changed.items()
        }
        made[12 * n] = replace(made[12 * n], **own)
    found: dict[str, set[tuple[str, str]]] = {f"0:{12 * n + 1}": set() for n in range(len(changes))}
    for row, check, action in cleaned([], made).found():
        if check not in ("bad_code", "shared_code"):
            found[row].add((check, action))
    return list(found.values())


@pytest.mark.checks("boilerplate", "markup", "unreadable_characters")
def test_a_description_that_is_no_text_about_a_product(cleaned: Any) -> None:
    texts = [
        "I am unable to generate this text as an AI language model.",
        "作为人工智能，我无法生成该商品的描述。",
        "Error 503: service unavailable",
        "您访问的页面不存在",
        "Home > Lamps  Log in  My account  Buy now  Related products  Back to top",
        "Accept cookies or manage your cookie settings",
        "<<<<<<< ours\nA lamp.\n=======\nA light.\n>>>>>>> theirs",
        "## Details\n\n* a lamp\n* a light",
        "A lamp. $(document).ready(function() { show(); });",
        "INSERT INTO texts VALUES (1, 'a lamp');",
        "/srv/texts/lamp_12.docx",
        "买家12：有货吗 客服：亲，有的",
        "Hello team, please find attached the new text. Best regards, Anna",
        "Internal note: do not publish before May",
        "I bought this for my mother and it arrived late",
        "41.50",
        "TRUE",
        "Q2FzdGxlYnkgbGFtcCB3aXRoIGEgc2hhZGU=",
        "A lamp in plain white with a long shade said in words comma open quotes bright close quotes full stop",
        "Th lmp wth th shd stnds nxt tbls nd gvs lght thrgh th rm, dy nd nght, fr yrs wtht chngng th blb",
        "ts mdrn shp cms frm  lmp tht ws drwn n 1959. Th bl n n pnk wghs lttl.",
    ]
    of_text = {"boilerplate", "markup", "unreadable_characters"}
    for text, found in zip(
        texts, of_each(cleaned, [{"description_en": text} for text in texts]), strict=True
    ):
        assert len({c for c, _ in found} & of_text) == 1, (text, found)  # judged once


@pytest.mark.checks(
    "no_title",
    "keyword_stuffing",
    "unreadable_characters",
    "markup",
    "boilerplate",
    "listing_price_outlier",
)
def test_a_title_that_is_no_name_or_says_more(cleaned: Any) -> None:
    titles = [
        "https://shop.example/p/12",
        "messages.product.title",
        "s1;Norvika NV1000 sturdy running shoes red;Norvika;12.50;CNY",
        "N o r v i k a   s t u r d y   s h o e s",
        "NorvikaNV1000sturdyRunningshoes",
        "𝑵𝒐𝒓𝒗𝒊𝒌𝒂 NV1000 running shoes",
        "🔥🔥🔥 Norvika NV1000 sturdy running shoes red",
        "Flash sale! Norvika NV1000 sturdy running shoes red",
        "Norvika NV1000 sturdy running shoes red, 19.90 EUR",
        "Norvika NV1000 sturdy running shoes red (sold out)",
        "Norvika NV1000 sturdy running shoes red [aisle 4]",
        "Norvika NV1000 sturdy running shoes red, better than Norvikb, Norvikc, Norvikd, Nike, Adidas",
    ]
    for title, found in zip(
        titles, of_each(cleaned, [{"title_en": t} for t in titles]), strict=True
    ):
        assert "note" in {action for _, action in found}, title


@pytest.mark.checks("keyword_stuffing", "no_title", "unreadable_characters")
def test_a_title_that_only_looks_so_is_right(cleaned: Any) -> None:
    title, words = (
        things()[0].title_en,
        ["| 128 GB | black | new", "[corner shelf]", "soap 3块/盒", "作废章"],
    )
    found = set().union(*of_each(cleaned, [{"title_en": f"{title} {w}"} for w in words]))
    assert not {c for c, _ in found} & {"keyword_stuffing", "no_title", "unreadable_characters"}


@pytest.mark.checks("description_of_another", "attribute_against_title", "boilerplate")
def test_a_description_that_names_another_has_one_finding(cleaned: Any) -> None:
    texts = ["Owners of the NV1000 love its green.", "Norvikb tests it."]
    found = of_each(cleaned, [{"description_en": text} for text in texts])
    assert found == [{("description_of_another", "note")}] * 2


@pytest.mark.checks("variant_against_product")
def test_variants_that_do_not_say_what_they_are(cleaned: Any) -> None:
    said: list[list[dict[str, Any]]] = [
        [{"Size": "S"}, {"Size": "S"}, {"Size": "L"}],
        [{}, {}, {}],
        [{"Size": "S"}, {"Size": "42"}, {"Size": "L"}],
        [{"Size": "S"}, {"Taille": "M"}, {"Size": "L"}],
    ]
    changes = [
        {"variants": tuple(Variant(variant_id=f"v{n}-{i}", attributes=a) for i, a in enumerate(of))}
        for n, of in enumerate(said)
    ]
    for sizes, found in zip(said, of_each(cleaned, changes), strict=True):
        assert ("variant_against_product", "note") in found, sizes
