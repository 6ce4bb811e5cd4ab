"""Draws a picture for each type, colour and style that the catalogue uses, as small SVG files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import yaml

from baihuo.simulate.listings import Listing, picture_name
from baihuo.simulate.vocabulary import Vocabulary

_INK, _PAPER, _METAL = "#23252b", "#fbfbf9", "#b4bac3"
_PAINT = re.compile(r'"([CDLWKS])"')
# Three ways to stand in front of the camera: scale, turn in degrees, and how much of the colour
# the backdrop takes on.
_STYLES = {1: (1.0, 0, 0.10), 2: (0.9, -5, 0.18), 3: (0.94, 4, 0.05)}


def draw(vocabulary: Vocabulary, made: Iterable[Listing], folder: Path) -> int:
    """Write the pictures that ``made`` names into ``folder``; returns how many files there are."""
    source = Path(__file__).with_name("silhouettes.yaml").read_text(encoding="utf-8")
    drawings: dict[str, str] = yaml.safe_load(source)
    folder.mkdir(parents=True, exist_ok=True)
    names = {Path(m.product.images[0]).name: m for m in made}
    for name, listing in sorted(names.items()):
        code = vocabulary.types[listing.type_index].code
        paint = vocabulary.colours[listing.colour].paint
        style = int(name.removesuffix(".svg").rpartition("-")[2])
        assert name == picture_name(code, listing.colour, style)
        (folder / name).write_text(picture(drawings[code], paint, style), encoding="utf-8")
    return len(names)


def picture(drawing: str, paint: str, style: int) -> str:
    """One drawing in one colour: a soft backdrop, a shadow, the thing."""
    scale, turn, tint = _STYLES[style]
    paints = {
        "C": paint,
        "D": mixed(paint, _INK, 0.28),
        "L": mixed(paint, "#ffffff", 0.45),
        "W": _PAPER,
        "K": _INK,
        "S": _METAL,
    }
    body = _PAINT.sub(lambda m: f'"{paints[m[1]]}"', drawing.strip())
    light = mixed(paint, "#ffffff", 0.3)
    back, front = mixed("#f7f6f3", light, tint), mixed("#edebe6", light, tint + 0.05)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240">'
        f'<defs><linearGradient id="b" x2="0" y2="1"><stop stop-color="{back}"/>'
        f'<stop offset="1" stop-color="{front}"/></linearGradient></defs>'
        '<rect width="240" height="240" fill="url(#b)"/>'
        '<ellipse cx="120" cy="206" rx="84" ry="10" fill="#23252b" opacity=".13"/>'
        f'<g transform="rotate({turn} 120 200) translate({120 * (1 - scale):.1f} {204 * (1 - scale):.1f}) '
        f'scale({scale})">{body}</g></svg>\n'
    )


def mixed(first: str, second: str, share: float) -> str:
    """``share`` of the second ``#rrggbb`` colour in the first."""
    a, b = (tuple(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in (first, second))
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in zip(a, b, strict=True))
