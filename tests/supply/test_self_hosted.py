"""No page of ours loads anything from elsewhere: not in a template, a style, a script, nor when it is served."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import baihuo

ROOMS = Path(baihuo.__file__).parent
FILES = sorted(p for s in ("html", "css", "js", "svg") for p in ROOMS.rglob(f"*.{s}"))
_NAMES = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink")  # names, which nobody loads
_LOADS = {
    ("script", "src"),
    ("img", "src"),
    ("img", "srcset"),
    ("link", "href"),
    ("iframe", "src"),
    ("source", "src"),
    ("video", "src"),
    ("audio", "src"),
    ("object", "data"),
    ("embed", "src"),
    ("use", "href"),
    ("image", "href"),
}


class Loads(HTMLParser):
    """What a page loads from elsewhere when it opens."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            is_far = bool(value) and re.match(r"\s*(https?:)?//", value or "")
            if (tag, name) in _LOADS and is_far:
                self.found.append(f"<{tag} {name}={value}>")


def far_loads(text: str) -> list[str]:
    parser = Loads()
    parser.feed(text)
    styles = re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//[^\s\"')]+", text)
    return parser.found + styles


def test_the_finder_finds_what_it_should() -> None:
    assert far_loads('<script src="https://cdn.example/x.js"></script><img src=//a/b.png>') != []
    assert (
        far_loads("@import 'https://fonts.example/x.css'; a { background: url(//a/b.png) }") != []
    )
    assert far_loads('<a href="https://example.com">link</a><img src="/a.png">') == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOMS).as_posix())
def test_a_file_of_a_page_names_no_other_host(path: Path) -> None:
    text = path.read_text("utf-8")
    for name in _NAMES:
        text = text.replace(name, "")
    assert not far_loads(text)
    if path.suffix in (".css", ".js"):
        assert not re.search(r"https?://", text)


def test_the_files_of_swagger_are_installed_ones() -> None:
    import fastapi_offline

    static = Path(fastapi_offline.__file__).with_name("static")
    page = (ROOMS / "serve/api/templates/docs.html").read_text("utf-8")
    assets = re.findall(r"/docs/assets/([\w.-]+)", page)
    assert assets
    assert all((static / name).is_file() for name in assets)
