"""Pictures: those in the shop's folder, and a drawn placeholder for products without one."""

from __future__ import annotations

import hashlib
import re
from html import escape
from pathlib import Path

from baihuo.core import NotFound, Product, has_han

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*\.(svg|png|jpg|jpeg|webp|gif)")
_TYPES = {"svg": "image/svg+xml", "jpg": "image/jpeg"}
# A picture opened by itself may neither run nor fetch anything, whoever drew it.
HEADERS = {
    "Cache-Control": "public, max-age=86400",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}


def picture(folder: Path, name: str) -> tuple[bytes, str]:
    """The bytes and media type of a picture of the shop.

    Raises:
        NotFound: there is none of that name, or it is no name of a picture.
    """
    path = folder / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise NotFound(f"there is no picture {name!r}", fix=f"put it into {folder.name}/")
    ending = path.suffix[1:]
    return path.read_bytes(), _TYPES.get(ending, f"image/{ending}")


def placeholder(product: Product) -> str:
    """A calm drawing with the maker's initials; products of one category share a hue."""
    key = " ".join(product.category) or product.brand or product.product_id
    hue = int(hashlib.sha256(key.encode()).hexdigest()[:4], 16) % 360
    initials = _initials(product.brand or product.title)
    size = 84 if len(initials) == 1 else 64
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240">'
        f'<rect width="240" height="240" fill="hsl({hue} 28% 93%)"/>'
        f'<circle cx="120" cy="112" r="66" fill="hsl({hue} 32% 85%)"/>'
        f'<path d="M54 196h132" stroke="hsl({hue} 24% 78%)" stroke-width="6" stroke-linecap="round"/>'
        f'<text x="120" y="112" dy=".36em" text-anchor="middle" font-size="{size}" '
        f'font-family="system-ui, sans-serif" font-weight="600" fill="hsl({hue} 34% 38%)">'
        f"{escape(initials)}</text></svg>"
    )


def _initials(text: str) -> str:
    if has_han(text):
        return next(c for c in text if has_han(c))
    words = [w for w in re.split(r"\W+", text) if w]
    return "".join(w[0] for w in words[:2]).upper() or "·"
