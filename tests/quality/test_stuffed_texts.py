"""Texts that only list words, dummy texts, and words in other letters."""

from __future__ import annotations

from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks(
    "boilerplate", "description_of_another", "keyword_stuffing", "huge_listing"
)

STUFFED = [
    *(
        "Brass floor lamp hot sale new trend summer christmas gift women luxury discount",
        "Yoga mat fashion, cute, cheap, birthday, travel, outdoor, kids",
    ),
    *(
        "Running shoes Nike Adidas Puma Reebok style for men",
        "手提包 古驰 香奈儿 迪奥 同款",
        "帆布登山背包 ins风网红送礼高级感正品夏季男女清仓冬季",
    ),
    *(
        "phone case phone cover phone shell for phone",
        "case 2024 case men case for iPhone 14, case for iPhone 15, case cover",
        "保温杯，学生，送礼，家用，办公，户外，旅行，百搭，新款",
    ),
]
PLAIN = [
    *(
        "Case for Apple iPhone, Samsung Galaxy and Huawei P30",
        "Women's summer dress, new collection",
        "夏季新款女士连衣裙",
        "Toner compatible with Canon, Philips, Nikon",
    ),
    *(
        "Home and office chair for men and women",
        "LEGO Disney castle",
        "小米 手机 学生 送礼",
        "Gift box, 12 x 12 cm",
    ),
    *(  # lists of models that a thing fits, and of its connectors
        "Black toner. Equivalent to HP C9700A. Compatible with HP Colour LaserJet 1500, Colour LaserJet 2500, Colour LaserJet 2550",
        "Toner Compatible with Brother DCP-1000, MFC-4800, MFC-6800, MFC-9030/MFC-9070, MFC-9160/MFC-9180, MFC-9680",
        "Y-cable USB 2.0 B Male -> 2 USB A Male, USB cable 1.8 m USB B 2 x USB A Black",
    ),
]


def product(product_id: str, **texts: Any) -> Product:
    return Product(product_id=product_id, **texts)


@pytest.mark.checks("keyword_stuffing")
def test_rows_of_search_words_and_of_makers_are_noted(cleaned: Any) -> None:
    titles = [*STUFFED, *PLAIN]
    run = cleaned(
        [],
        [
            product(f"p{i}", **{"title_en" if t[0].isascii() else "title_zh": t})
            for i, t in enumerate(titles)
        ],
    )
    found = {
        row for row, check, action in run.found() if (check, action) == ("keyword_stuffing", "note")
    }
    assert found == {f"0:{i}" for i in range(1, len(STUFFED) + 1)}


@pytest.mark.checks("keyword_stuffing")
def test_a_tail_of_search_words_in_a_description_is_noted(cleaned: Any) -> None:
    texts = [
        "A lamp of brass that Oakmere drew. Tags: offer, summer, cheap, gift, kids, luxury, trend",
        "这款落地灯由橡湖设计。网红 爆款 新款 百搭 送礼 清仓 包邮",
        "A gift for women, men and children, at home and in the office, in summer and winter.",
    ]
    run = cleaned(
        [],
        [
            product(
                f"p{i}", title_en=f"Thing {i}", **{f"description_{'zh' if i == 1 else 'en'}": t}
            )
            for i, t in enumerate(texts)
        ],
    )
    assert {row for row, check, _ in run.found() if check == "keyword_stuffing"} == {"0:1", "0:2"}


@pytest.mark.checks("boilerplate")
def test_a_description_that_describes_nothing_is_left_out(cleaned: Any) -> None:
    nothing = [
        *("Lorem ipsum dolor sit amet, consectetur adipiscing elit.", "TODO: write this"),
        *("No description available", "coming soon", "产品描述待补充", "详情请咨询客服", "如图"),
    ]
    said = [
        "Board of walnut. A second size is coming soon.",
        "图案如图所示，胡桃木制成，背面有橡胶脚垫",
        "Todoist notebook",
    ]
    products = [
        product(f"p{n}", title_en=f"Walnut board {n}", description_en=text)
        for n, text in enumerate([*nothing, *said])
    ]
    run = cleaned([], products)
    left = {row["product_id"]: row for row in run.rows("products")}
    assert {row for row, check, _ in run.found() if check == "boilerplate"} == {
        f"0:{n}" for n in range(1, len(nothing) + 1)
    }
    for n in range(len(nothing)):
        assert left[f"p{n}"]["description_en"] is left[f"p{n}"]["description_zh"] is None


@pytest.mark.checks("text")
def test_words_in_other_letters_and_titles_said_twice_are_put_right(cleaned: Any) -> None:
    titles = {
        "Walnut board by Grοvetti": "Walnut board by Grovetti",
        "Ｗａｌｎｕｔ　ｂｏａｒｄ large": "Walnut board large",
        "Walnut %C3%A9tag%C3%A8re": "Walnut étagère",
        "Walnut cutting board with a groove and rubber feet, large Walnut cutting board with a groove and rubber feet, large": "Walnut cutting board with a groove and rubber feet, large",
        "Lens 10 μm α7 Ω 50%20": "Lens 10 μm α7 Ω 50%20",
    }
    run = cleaned([], [Product(product_id=f"p{i}", title_en=t) for i, t in enumerate(titles)])
    assert [r["title_en"] for r in run.rows("products")] == list(titles.values())


@pytest.mark.checks("huge_listing")
def test_half_a_megabyte_of_description_costs_the_description(cleaned: Any) -> None:
    run = cleaned(
        [], [Product(product_id="p1", title_en="Walnut board", description_en="oak " * 150_000)]
    )
    assert [r["description_en"] for r in run.rows("products")] == [None]
    assert ("0:1", "huge_listing", "repair") in run.found()


@pytest.mark.checks("description_of_another")
def test_a_description_of_another_product_is_noted_and_that_of_a_sibling_is_not(
    cleaned: Any,
) -> None:
    text = "Turns the page of any book without a touch, and rests for eleven days on one charge."
    lamp = "A lamp of brass with a shade of linen that Oakmere drew in nineteen forty."
    products = [
        Product(
            product_id="p1",
            title_en="Reader stand",
            brand="Acme",
            category=("Books",),
            description_en=text,
        ),
        Product(
            product_id="p2",
            title_en="Walnut board",
            brand="Oak",
            category=("Kitchen",),
            description_en=text,
        ),
        Product(
            product_id="p3",
            title_en="Brass lamp",
            brand="Oakmere",
            category=("Lamps",),
            description_en=lamp,
        ),
        Product(
            product_id="p4",
            title_en="Brass lamp, tall",
            brand="Oakmere",
            category=("Lamps",),
            description_en=lamp,
        ),
    ]
    found = {
        row for row, check, _ in cleaned([], products).found() if check == "description_of_another"
    }
    assert found == {"0:1", "0:2"}
