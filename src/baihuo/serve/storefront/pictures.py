"""Pictures of the shop's folder, and a drawn placeholder for products without one."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, Template

from baihuo.core import NotFound, Product, has_han

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*\.(svg|png|jpg|jpeg|webp|gif)")
_LONGEST_NAME = 255  # bytes
_TYPES = {"svg": "image/svg+xml", "jpg": "image/jpeg"}
# An SVG that is opened as a page may run no script and load nothing.
HEADERS = {
    "Cache-Control": "public, max-age=86400",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}


def picture(folder: Path, name: str) -> tuple[bytes, str]:
    """The bytes and media type of a picture of the shop.

    Raises:
        NotFound: there is no such file, or the name is not one of a picture.
    """
    path = folder / name
    # The file system refuses to look for a longer name.
    is_name = len(name.encode()) <= _LONGEST_NAME and _NAME.fullmatch(name)
    # A link out of the folder could name any file of the machine, where somebody else made the shop.
    is_here = is_name and path.is_file() and path.resolve().is_relative_to(folder.resolve())
    if not is_here:
        raise NotFound(f"there is no picture {name!r}", fix=f"put it into {folder.name}/")
    extension = path.suffix[1:]
    return path.read_bytes(), _TYPES.get(extension, f"image/{extension}")


def placeholder(product: Product) -> str:
    """An SVG with the initials of the brand. Products of one category have the same hue."""
    key = " ".join(product.category) or product.brand or product.product_id
    hue = int(hashlib.sha256(key.encode()).hexdigest()[:4], 16) % 360
    initials = _initials(product.brand or product.title)
    font_size = 84 if len(initials) == 1 else 64
    return _placeholder_template().render(hue=hue, initials=initials, font_size=font_size)


@cache
def _placeholder_template() -> Template:
    path = Path(__file__).with_name("templates") / "placeholder.svg"
    return Environment(autoescape=True).from_string(path.read_text(encoding="utf-8"))


def _initials(text: str) -> str:
    if has_han(text):
        return next(c for c in text if has_han(c))
    words = [w for w in re.split(r"\W+", text) if w]
    return "".join(w[0] for w in words[:2]).upper() or "·"
