"""One product listed twice is merged, its siblings are not, and a merge can be undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baihuo.core import Product
from baihuo.quality import QualityRules
from baihuo.quality.checks.near_duplicates.settings import NearDuplicatesRules

pytestmark = pytest.mark.checks("near_duplicates")

LAMP = Product(
    product_id="lamp",
    title_en="Mujia Reader R49 Desk Lamp, 15W, Yellow",
    title_zh="木家 阅读者R49 台灯 15W 黄色 护眼",
    description_en="A desk lamp for long evenings, with three levels of light and a heavy foot. Made of steel.",
    brand="Mujia",
    model="Reader R49",
    category=("Home", "Lamps"),
    price_minor=19_900,
    currency="CNY",
    attributes={"Colour": "Yellow", "Power": 15, "Wireless": False},
)
KETTLE = Product(
    product_id="kettle",
    title_en="Hearthly Drip E95 Kettle, 1.8L, Black",
    brand="Hearthly",
    model="Drip E95",
    category=("Kitchen", "Kettles"),
    price_minor=24_900,
    currency="CNY",
    attributes={"Colour": "Black", "Volume": 1800},
)


def again(**changed: Any) -> Product:
    """The lamp under another id, by a seller who took the description for a long one."""
    return replace(LAMP, **{"product_id": "lamp-2", "description_en": None, **changed})


def verdicts(run: Any) -> set[str]:
    return {check for _, check, _ in run.found() if check in ("near_duplicate", "likely_duplicate")}


@pytest.fixture
def merged(cleaned: Callable[..., Any]) -> Callable[..., dict[str, str]]:
    """Which listing went into which."""

    def run(*products: Product, **rules: Any) -> dict[str, str]:
        limits = NearDuplicatesRules(**rules)
        done = cleaned(
            [],
            list(products),
            QualityRules.model_validate({"min_events": 0, "near_duplicates": limits}),
        )
        kept = {r["product_id"] for r in done.rows("products")}
        into = {r["product_id"]: r["canonical_id"] for r in done.rows("merged_products")}
        assert kept.isdisjoint(into)
        assert kept | into.keys() == {p.product_id for p in products}
        assert set(into.values()) <= kept
        return into

    return run


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"title_en": "HOT SALE! MUJIA READER R49 DESK LAMP, 15W, YELLOW - free shipping"},
        {"title_zh": "【正品】2024新款 木家 阅读者Ｒ４９ 台灯 １５Ｗ 黄色 护眼 全国包邮"},
        {"title_en": "Desk Lamp, 15W, Yellow Mujia Reader R49"},
        {"title_en": "Mujia Raeder R49 Desk Lamp, 15W, Yellow"},
        {"title_en": None},
        {"title_zh": None, "price_minor": 20_400},
    ],
)
def test_a_listing_written_again_is_merged_into_the_more_complete_one(
    merged: Any, how: Any
) -> None:
    assert merged(LAMP, again(**how), KETTLE) == {"lamp-2": "lamp"}


@pytest.mark.parametrize(
    ("title_en", "title_zh", "attributes"),
    [
        (
            "Mujia Reader R49 Desk Lamp, 15W, Black",
            "木家 阅读者R49 台灯 15W 黑色 护眼",
            {"Colour": "Black"},
        ),
        (
            "Mujia Reader R49 Desk Lamp, 20W, Yellow",
            "木家 阅读者R49 台灯 20W 黄色 护眼",
            {"Power": 20},
        ),
        (
            "Mujia Reader R49 Pro Desk Lamp, 15W, Yellow",
            "木家 阅读者R49 Pro 台灯 15W 黄色 护眼",
            {},
        ),
        ("Mujia Reader R50 Desk Lamp, 15W, Yellow", "木家 阅读者R50 台灯 15W 黄色 护眼", {}),
    ],
)
def test_a_sibling_of_another_colour_size_edition_or_number_stays(
    merged: Any, title_en: str, title_zh: str, attributes: Any
) -> None:
    model = title_en.split(" Desk")[0].removeprefix("Mujia ")
    sibling = again(
        title_en=title_en, title_zh=title_zh, model=model, attributes=LAMP.attributes | attributes
    )
    assert merged(LAMP, sibling, KETTLE) == {}


def test_siblings_of_another_colour_stay_however_many_titles_came_before(merged: Any) -> None:
    """Chinese titles alone: the colour must tell them apart in every batch of titles."""
    colours = ("黑色", "白色", "红色", "蓝色", "绿色", "粉色")
    lamps = [
        Product(
            product_id=f"p{i}{c}",
            title_zh=f"木家 台灯 R{i} 15W 护眼 {c}",
            brand="木家",
            model=f"R{i}00",
            price_minor=9_900,
            currency="CNY",
            attributes={"Power": 15, "Light": "warm"},
        )
        for i in range(60)
        for c in colours
    ]
    assert merged(*lamps) == {}


def test_what_is_only_likely_is_noted_and_stays(cleaned: Any) -> None:
    bare = Product(
        product_id="bare", title_en=LAMP.title_en, brand="Mujia", price_minor=19_900, currency="CNY"
    )
    done = cleaned([], [LAMP, bare, KETTLE], QualityRules(min_events=0))
    assert verdicts(done) == {"likely_duplicate"}
    assert len(done.rows("products")) == 3


def test_two_listings_that_say_the_same_are_noted_and_both_stay(cleaned: Any) -> None:
    mugs = [Product(product_id=p, title_en="Mug", price_minor=500) for p in ("b", "a")]
    run = cleaned([], mugs, QualityRules(min_events=0))
    assert verdicts(run) == {"likely_duplicate"}
    assert len(run.rows("products")) == 2


def _plain(product_id: str, title: str) -> Product:
    """The lamp in one language, with equal values in all but its title."""
    values: dict[str, str | float | bool] = {"Power": 15, "Wireless": False, "Light": "warm"}
    return replace(
        LAMP,
        product_id=product_id,
        title_en=title,
        title_zh=None,
        description_en=None,
        attributes=values,
    )


def test_a_copy_in_other_words_says_how_much_the_titles_share(cleaned: Any) -> None:
    one = _plain("lamp", "Mujia Reader R49 desk lamp 15W")
    other = _plain("lamp-2", "Mujia Reader R49 table light 15W gentle for tired evenings")
    done = cleaned([], [one, other, KETTLE], QualityRules(min_events=0))
    assert verdicts(done) == {"likely_duplicate"}
    (detail,) = [d for (_, check), d in done.details().items() if check == "likely_duplicate"]
    assert 0 < detail["similarity"] < 0.5


@pytest.mark.checks("near_duplicate")
def test_two_that_people_called_different_are_never_merged_again(merged: Any, cleaned: Any) -> None:
    assert merged(LAMP, again(), not_the_same=[("lamp-2", "lamp")]) == {}
    noted = NearDuplicatesRules(when_certain="note")
    done = cleaned(
        [],
        [LAMP, again()],
        QualityRules.model_validate({"min_events": 0, "near_duplicates": noted}),
    )
    assert verdicts(done) == {"near_duplicate"}
    assert len(done.rows("products")) == 2


def test_listings_of_other_codes_are_other_products(merged: Any) -> None:
    assert merged(replace(LAMP, codes=("4006381333931",)), again(codes=("4006381333948",))) == {}
    same = again(codes=("4006381333931",), title_en="Mujia Desk Lamp R49 Reader Yellow 15W")
    assert merged(replace(LAMP, codes=("4006381333931",)), same) == {"lamp-2": "lamp"}


def picture(path: Path, seed: int, *, colour: tuple[int, int, int] = (200, 120, 40)) -> str:
    """An earring on white: a hook and a stone of this shape and colour."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (240, 320), "white")
    draw = ImageDraw.Draw(image)
    draw.arc((100, 20, 140, 100), 180, 90, fill="grey", width=6)
    points = np.random.default_rng(seed).uniform(0, 1, (5, 2)) * (200, 200) + (20, 100)
    draw.polygon([tuple(p) for p in points], fill=colour)
    image.save(path)
    return path.name


EARRING = Product(
    product_id="e1",
    title_en="Lucera Women Silver Earrings",
    brand="Lucera",
    model="LE-240",
    category=("Jewellery", "Earrings"),
    price_minor=49_900,
    currency="INR",
    attributes={"Gender": "Women", "Colour": "Silver", "Season": "Summer"},
)


@pytest.mark.checks("near_duplicate")
@pytest.mark.parametrize(
    ("other", "codes", "is_merged"),
    [
        ({"seed": 1}, (), True),  # the same photo
        ({"seed": 2}, (), False),  # another stone
        ({"seed": 2}, ("4006381333931",), False),  # nor does a code merge what looks different
        ({"seed": 1, "colour": (20, 60, 220)}, (), False),  # another colour
    ],
)
def test_two_earrings_with_different_pictures_stay_two(
    cleaned: Any, tmp_path: Path, other: dict[str, Any], codes: tuple[str, ...], is_merged: bool
) -> None:
    one = replace(EARRING, codes=codes, images=(picture(tmp_path / "a.jpg", 1),))
    two = replace(one, product_id="e2", images=(picture(tmp_path / "b.jpg", **other),))
    run = cleaned([], [one, two], pictures=tmp_path)
    found = {check for _, check, action in run.found() if action == "merge"}
    assert ("near_duplicate" in found) == is_merged
    assert (len(run.rows("products")) == 1) == is_merged


@pytest.mark.parametrize(("one", "two"), [("Floral", "Striped"), ("Printed", ""), ("碎花", "条纹")])
def test_a_pattern_in_the_title_keeps_listings_apart(merged: Any, one: str, two: str) -> None:
    dresses = [
        Product(
            product_id=f"d{i}",
            title_en=f"Lucera Women {pattern} Summer Dress with Belt",
            brand="Lucera",
            category=("Clothes", "Dresses"),
            price_minor=49_900,
            currency="INR",
            attributes={"Gender": "Women", "Season": "Summer", "Usage": "Casual"},
        )
        for i, pattern in enumerate((one, two))
    ]
    assert merged(*dresses) == {}
