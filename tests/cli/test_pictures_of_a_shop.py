"""A shop's own pictures are looked at by its checks without being asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.quality.chosen import few_checks
from typer.testing import CliRunner, Result

from baihuo import flow
from baihuo.cli.app import app
from baihuo.core import ShopPaths
from baihuo.settings import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Three products: a whole picture, one cut short, and none by its name in another folder."""
    folder = tmp_path / "shop"
    catalogue = tmp_path / "products.csv"
    catalogue.write_text(
        "product_id,title,images\np1,Lamp,pictures/lamp.png\np2,Chair,chair.png\np3,Mug,\n"
    )
    assert run("import", catalogue, "--shop", folder).exit_code == 0
    few_checks(ShopPaths(folder).rules_file, "pictures")
    pictures = ShopPaths(folder).pictures
    pictures.mkdir()
    Image.effect_mandelbrot((64, 48), (-2, -1, 1, 1), 50).save(pictures / "lamp.png")
    (pictures / "chair.png").write_bytes((pictures / "lamp.png").read_bytes()[:60])
    return folder


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, [str(w) for w in words])


def report_of(shop: Path) -> dict[str, Any]:
    return dict(json.loads(ShopPaths(shop).quality_report.read_text()))


def test_the_pictures_of_a_shop_are_opened_and_counted(shop: Path) -> None:
    done = run("check", "--shop", shop)
    assert done.exit_code == 0, done.exception
    assert "pictures: 2 opened" in done.stdout
    assert "broken_picture" in done.stdout
    noted = [f for f in report_of(shop)["findings"] if f["action"] == "note"]
    assert [(f["check"], f["n_rows"]) for f in noted] == [("broken_picture", 1)]
    report = report_of(shop)
    assert report["looked_at"] == ["pictures: 2 opened"]
    [found] = [f for f in report["findings"] if f["check"] == "broken_picture"]
    assert [e["row_id"] for e in found["examples"]] == ["1:3"]
    assert "pictures: 2 opened" in (ShopPaths(shop).clean / "report.html").read_text()


def test_a_folder_named_on_the_command_line_is_taken_instead(shop: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    (other / "pictures").mkdir(parents=True)
    done = run("check", "--shop", shop, "--pictures", other)
    assert done.exit_code == 0
    [found] = [f for f in report_of(shop)["findings"] if f["check"] == "broken_picture"]
    assert found["n_rows"] == 2


def test_a_shop_without_pictures_says_that_none_were_opened(shop: Path) -> None:
    for path in ShopPaths(shop).pictures.iterdir():
        path.unlink()
    ShopPaths(shop).pictures.rmdir()
    report = flow.check(Shop(shop))
    assert report.looked_at == ()
    assert "broken_picture: no folder of pictures was given" in report.not_checked
