"""Pictures of products: those of the shop, those of allowed hosts, and placeholders."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from tests.serve.small_shop import WITH_KEY
from tests.waiting import wait_until, wait_until_ready

from baihuo import flow
from baihuo.core import BadInput, NotFound, Product, ShopPaths
from baihuo.serve import ServeConfig, create_app
from baihuo.serve.storefront.pages import picture, placeholder
from baihuo.serve.storefront.view import (
    picture_of,
    product_path,
)
from baihuo.settings import Shop


@pytest.mark.parametrize(
    "name", ["../../secret.svg", "..", "a/b.svg", ".hidden.svg", "x.html", "none.svg", ""]
)
def test_only_pictures_of_the_folder_are_served(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.svg").write_text("<svg/>")
    folder = ShopPaths(tmp_path).pictures
    folder.mkdir(parents=True)
    (folder / "ok.svg").write_text("<svg/>")
    (folder / "x.html").write_text("<script>")
    assert picture(folder, "ok.svg") == (b"<svg/>", "image/svg+xml")
    with pytest.raises(NotFound):
        picture(folder, name)


def test_a_product_without_a_picture_gets_a_drawn_one_and_none_comes_from_elsewhere() -> None:
    far = Product(product_id="a/b c", title_en="x", images=("https://cdn.example/1.jpg",))
    assert picture_of(far) == "/placeholders/a%2Fb%20c.svg"
    assert product_path("手机?#") == "/p/%E6%89%8B%E6%9C%BA%3F%23"
    own = Product(product_id="p", title_en="x", images=("pictures/a-1.svg",))
    assert picture_of(own) == "/pictures/a-1.svg"
    for image, shown in (
        ("https://cdn.example.com/a b.jpg", True),
        ("HTTPS://CDN.example.com/a.jpg", True),
        ("http://cdn.example.com/a.jpg", False),
        ("https://cdn.example.com.evil.org/a.jpg", False),
        ("https://me@cdn.example.com/a.jpg", False),
        ("https://cdn.example.com:444/a.jpg", False),
        ("https://cdn.example.com\\@evil.org/a.jpg", False),
        ("https://[cdn/a.jpg", False),
    ):
        product = Product(product_id="p", title_en="x", images=(image,))
        found = picture_of(product, ("https://cdn.example.com",))
        assert found == (image if shown else "/placeholders/p.svg")
    short = Product(product_id="p", title_en="x", images=("//cdn.example.com/a.jpg",))
    assert picture_of(short, ("https://cdn.example.com",)) == "https://cdn.example.com/a.jpg"
    for brand in ("<b>&", "诺维克 Norvik", "3M", "", "’’’"):
        drawn = ElementTree.fromstring(
            placeholder(Product(product_id="p", title_en="?", brand=brand))
        )
        assert drawn.tag.endswith("svg")


def test_pictures_of_the_shops_own_hosts_show_and_the_policy_names_no_others(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop / "shop.yaml").write_text(
        "serve: {picture_hosts: [CDN.example.com, 'http://img.local:81']}"
    )
    served: list[ServeConfig] = []
    monkeypatch.setattr("baihuo.serve.run", lambda *_, config, **__: served.append(config))
    flow.serve(Shop(shop))
    pictures = {
        "pic-1": "https://cdn.example.com/1.jpg?w=240",
        "pic-2": "http://img.local:81/2.jpg",
        "pic-3": "https://elsewhere.example/3.jpg",
    }
    rows = [
        {"product_id": i, "title_en": "Zeppelin", "images": [url]} for i, url in pictures.items()
    ]
    with TestClient(create_app(shop, served[0])) as client:
        wait_until_ready(client)
        client.post("/v1/products", json={"products": rows}, headers=WITH_KEY).raise_for_status()
        wait_until(lambda: client.get("/v1/search?q=zeppelin").json()["total"] == 3)
        page = client.get("/search?q=zeppelin")
        sources = set(re.findall(r'<img src="([^"]+)"', page.text))
        assert sources == {pictures["pic-1"], pictures["pic-2"], "/placeholders/pic-3.svg"}
        policy = page.headers["content-security-policy"]
        assert "img-src 'self' https://cdn.example.com http://img.local:81;" in policy
        assert pictures["pic-1"] in client.get("/p/pic-1").text


@pytest.mark.parametrize(
    "host",
    [
        "cdn.example.com/pictures",
        "*.example.com",
        "a b",
        "x; script-src *",
        "'self'",
        "ftp://a",
        "-a.b",
        "",
        "*",
    ],
)
def test_what_is_no_host_of_pictures_is_refused_by_name(tmp_path: Path, host: str) -> None:
    (tmp_path / "shop.yaml").write_text(json.dumps({"serve": {"picture_hosts": [host]}}))
    with pytest.raises(BadInput, match=r"serve\.picture_hosts(.|\n)*is not a host"):
        Shop(tmp_path).settings()
    with pytest.raises(BadInput, match="is not a host"):
        create_app(tmp_path, ServeConfig(picture_hosts=(host,)))


@pytest.mark.parametrize("name", ["a" * 300 + ".png", "é" * 130 + ".png", "b" * 251 + ".png"])
def test_a_name_longer_than_any_file_has_is_no_picture(tmp_path: Path, name: str) -> None:
    """The folder has to be there: without one the file system answers before it looks at the name."""
    (tmp_path / "short.png").write_bytes(b"png")
    assert picture(tmp_path, "short.png")[0] == b"png"
    with pytest.raises(NotFound, match="no picture"):
        picture(tmp_path, name)
