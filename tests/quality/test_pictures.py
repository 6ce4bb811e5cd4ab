from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baihuo.core import Product
from baihuo.quality.checks.pictures import picture_file
from baihuo.quality.checks.pictures.hashes import NEAR_BITS, cosine_hash, difference_hash, distance
from baihuo.quality.checks.pictures.picture_file import inspect_picture

pytestmark = pytest.mark.checks("pictures")

Images = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
LIMITS: dict[str, Any] = {"max_mb": 1, "max_megapixels": 1, "min_side": 16}


def photo(seed: int, size: tuple[int, int] = (120, 90)) -> Any:
    """A picture with coarse shapes of its own."""
    cells = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    return Images.fromarray(cells).resize(size, Images.Resampling.BICUBIC)


def as_bytes(image: Any, kind: str = "JPEG", **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def product(number: int, *images: str, category: str = "Lamps", brand: str = "Norvik") -> Product:
    return Product(
        product_id=f"p{number}",
        title_en=f"Thing {number}",
        brand=brand,
        category=("Home", category),
        images=images,
    )


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("none.jpg", None, "no such file"),
        ("empty.jpg", b"", "empty"),
        ("cut.jpg", as_bytes(photo(1))[:900], "cut short"),
        ("cut.png", as_bytes(photo(1), "PNG")[:2_000], "cut short"),
        ("page.jpg", b"<!DOCTYPE html><html><body>404</body></html>", "not a picture"),
        ("text.png", b"Not found\n", "not a picture"),
        ("dot.gif", as_bytes(photo(1, (1, 1)).convert("P"), "GIF"), "1 × 1"),
        ("wide.png", as_bytes(Images.new("1", (4_000, 4_000)), "PNG"), "4000 × 4000"),
        ("big.jpg", b"\xff\xd8\xff" + bytes(1_100_000), "1 MB"),
        ("cut.svg", SVG[:60].encode(), "cut short"),
        ("empty.svg", b'<svg xmlns="http://www.w3.org/2000/svg"></svg>', "drawing is empty"),
        (
            "bomb.svg",
            b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>',
            "entities",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_reported(
    name: str, content: bytes | None, problem: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert problem in (inspect_picture(tmp_path / name, **LIMITS).problem or "")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_whole_pictures_of_every_usual_kind_are_right(kind: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(as_bytes(photo(1), kind))
    seen = inspect_picture(tmp_path / "x", **LIMITS)
    assert seen.problem is None


def test_a_drawing_is_a_picture(tmp_path: Path) -> None:
    (tmp_path / "x.svg").write_text("\ufeff\n" + SVG)
    (tmp_path / "y.svg").write_text('<?xml version="1.0" encoding="UTF-8"?>' + SVG)
    assert inspect_picture(tmp_path / "y.svg", **LIMITS).problem is None


@given(st.binary(max_size=400))
@settings(max_examples=80, deadline=None)
def test_no_bytes_raise(tmp_path_factory: Any, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "x.jpg"
    for head in (b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"<svg>", b"GIF89a"):
        path.write_bytes(head + content)
        seen = inspect_picture(path, **LIMITS)
        assert seen.problem or seen.sha256 == hashlib.sha256(head + content).hexdigest()


def test_without_pillow_only_first_bytes_are_looked_at(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(picture_file, "can_decode", lambda: False)
    (tmp_path / "a.jpg").write_bytes(as_bytes(photo(1))[:900])
    (tmp_path / "b.jpg").write_bytes(b"Not found")
    assert inspect_picture(tmp_path / "a.jpg", **LIMITS).problem is None
    assert inspect_picture(tmp_path / "b.jpg", **LIMITS).problem == "it is not a picture"


def test_a_hash_survives_scaling_and_compression_and_tells_pictures_apart() -> None:
    first, other = photo(1), photo(2)
    again = Images.open(BytesIO(as_bytes(first.resize((300, 225)), quality=40)))
    hashes = [(difference_hash(x), cosine_hash(x)) for x in (first, again, other)]
    for mine, same, others in zip(*hashes, strict=True):
        assert distance(mine or 0, same or 0) <= NEAR_BITS
        assert distance(mine or 0, others or 0) > 2 * NEAR_BITS


def test_a_picture_without_contrast_has_no_hash_and_transparency_is_white() -> None:
    assert difference_hash(Images.new("RGB", (50, 50), "white")) is None
    assert cosine_hash(Images.new("RGBA", (50, 50), (0, 0, 0, 0))) is None


@pytest.mark.checks("broken_picture")
def test_broken_pictures_are_noted_and_addresses_are_not_fetched(
    cleaned: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(as_bytes(photo(1)))
    (tmp_path / "secret.jpg").write_bytes(as_bytes(photo(2)))
    made = [
        product(1, "a.jpg"),
        product(2, "b.jpg", "a.jpg"),
        product(3, "../secret.jpg"),
        product(4, "https://shop.example/x.jpg"),
        product(5, "a.jpg?v=2"),
        product(6, "a\x00.jpg"),
    ]
    run = cleaned([], made, pictures=folder)
    assert run.found() == {(f"0:{n}", "broken_picture", "note") for n in (2, 3, 6)}
    assert run.details()["0:2", "broken_picture"]["broken"] == [
        {"picture": "b.jpg", "problem": "there is no such file"}
    ]
    assert any("1 pictures are addresses" in words for words in run.report.not_checked)
    assert any("no folder" in words for words in cleaned([], made).report.not_checked)


def test_a_placeholder_is_found_under_any_name(cleaned: Any, tmp_path: Path) -> None:
    stand_in = photo(9)
    (tmp_path / "1.jpg").write_bytes(as_bytes(stand_in))
    (tmp_path / "2.jpg").write_bytes(as_bytes(stand_in))
    (tmp_path / "3.png").write_bytes(as_bytes(stand_in))
    (tmp_path / "own.jpg").write_bytes(as_bytes(photo(3)))
    made = [
        product(1, "1.jpg"),
        product(2, "2.jpg", category="Towels", brand="Lumora"),
        product(3, "3.png", category="Tea", brand="Anju"),
        product(4, "own.jpg"),
    ]
    run = cleaned([], made, pictures=tmp_path)
    assert run.found() == {(f"0:{n}", "shared_picture", "note") for n in (1, 2, 3)}


def test_variants_of_one_category_may_share_their_picture(cleaned: Any) -> None:
    made = [product(i, "https://x.example/1.jpg", brand=f"Brand {i % 4}") for i in range(12)]
    assert cleaned([], made).found() == set()
    moved = [*made[1:], product(99, "https://x.example/1.jpg", category="Tea")]  # one is misplaced
    assert cleaned([], moved).found() == set()


def test_the_borrowers_are_noted_and_not_the_owner(cleaned: Any) -> None:
    made = [product(i, "//x.example/1.jpg") for i in range(12)]
    categories = ("Tea", "Towels", "Rice")
    made += [
        product(20 + i, "//x.example/1.jpg", category=s, brand=s) for i, s in enumerate(categories)
    ]
    found = cleaned([], made).found()
    assert found == {(f"0:{n}", "shared_picture", "note") for n in (13, 14, 15)}
