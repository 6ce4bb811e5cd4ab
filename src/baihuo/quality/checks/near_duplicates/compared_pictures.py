"""Whether two listings show one picture, two different ones, or it is unclear.

Hashes alone are weak: of 9,268 pairs of different goods of one kind in a fashion shop, 178 (2%) have pictures within
six bits, since a photo of an earring on white is laid out as any other. So colours must be near as well, measured
against what is not background: of those 178 pairs, 20 remain, nearly all one photo in truth. Of 300 pictures saved
again at quality 75, 98% are still the same by both, at quality 30 87%, enlarged 93%; a cropped or much smaller one is
unclear, which is no proof of anything.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.engine import Source, Tables, sql_file
from baihuo.quality.checks.pictures.hashes import NEAR_BITS, cosine_hash, difference_hash, distance

SCHEMA = pa.schema([("a", pa.int64()), ("b", pa.int64()), ("verdict", pa.string())])
_FAR_BITS = 16  # of 64; 6% of pictures cropped by a tenth differ in more
_CELLS = 16  # along each side
_NEAR_SHARE, _FAR_SHARE = (
    0.12,
    0.6,
)  # of what is not background; half of all other goods differ in 0.54
_MAX_PICTURES = 2  # of a listing that are compared
_COMPARED = sql_file(__file__, "compared_pictures").bind(max_pictures=_MAX_PICTURES)
_Seen: TypeAlias = tuple[int, int, NDArray[np.float64]]  # two hashes and [cells, cells, 3] colours


def compare_pictures(tables: Tables, folder: Path, inputs: dict[str, Source]) -> pa.Table:
    """:data:`SCHEMA`: ``same``, ``other`` or ``unclear`` for pairs whose files can be read.

    Args:
        folder: Where the paths of pictures start.
        inputs: ``pairs`` (``a``, ``b``) and ``candidate_listings`` (``n``, ``images``).
    """
    try:
        import PIL  # noqa: F401
    except ImportError:  # pictures are extra evidence: without Pillow there is less of it
        return SCHEMA.empty_table()
    rows = tables.sql(_COMPARED(), out=None, **inputs).to_pylist()
    see = lru_cache(maxsize=50_000)(lambda name: _seen(folder / name))
    found = [(row, verdict(row["some"], row["others"], see)) for row in rows]
    return pa.Table.from_pylist(
        [{"a": row["a"], "b": row["b"], "verdict": verdict} for row, verdict in found if verdict],
        schema=SCHEMA,
    )


def verdict(some: list[str], others: list[str], see: Any) -> str | None:
    """The best of all pairs: one picture in common is enough. None: no pair can be compared."""
    found = set()
    for one, other in product(map(see, some), map(see, others)):
        if one is not None and other is not None:
            found.add(_compared(one, other))
    return next((verdict for verdict in ("same", "unclear", "other") if verdict in found), None)


def _compared(a: _Seen, b: _Seen) -> str:
    bits = max(distance(a[0], b[0]), distance(a[1], b[1]))
    share = _changed_share(a[2], b[2])
    if bits <= NEAR_BITS and share <= _NEAR_SHARE:
        return "same"
    return "other" if bits > _FAR_BITS or share > _FAR_SHARE else "unclear"


def _changed_share(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """How much the colours differ, of how much both differ from their backgrounds: 0 to 2."""
    shown = np.maximum(np.abs(a - _background(a)), np.abs(b - _background(b))).sum()
    return float(np.abs(a - b).sum() / max(shown, 1.0))


def _background(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """``[3]``: the median colour along the four edges."""
    edges = np.concatenate([cells[0], cells[-1], cells[:, 0], cells[:, -1]])
    return np.asarray(np.median(edges, axis=0))


def _seen(path: Path) -> _Seen | None:
    from PIL import Image

    try:
        with Image.open(path) as image:
            image.draft("RGB", (64, 64))  # a JPEG's own small version is enough
            hashes = difference_hash(image), cosine_hash(image)
            small = image.convert("RGB").resize((_CELLS, _CELLS), Image.Resampling.BOX)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    if hashes[0] is None or hashes[1] is None:  # one plain colour shows nothing
        return None
    return hashes[0], hashes[1], np.asarray(small, np.float64)
