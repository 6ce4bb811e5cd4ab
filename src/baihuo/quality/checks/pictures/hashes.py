"""64 bits that stay nearly the same when a picture is scaled, recompressed or slightly recoloured.

Two hashes, because they fail apart: the difference hash follows edges from left to right, the
cosine hash the coarse layout of light and dark. Pictures are the same when both are near.
Neither says anything of a picture without contrast: there they are None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

NEAR_BITS = 6
"""Two pictures with at most so many differing bits (of 64) are taken for the same one; unrelated
ones differ in 32 on average."""
_MIN_CONTRAST = 2.0  # grey levels of 255: a standard deviation below it is one plain colour


def grey(image: Image, width: int, height: int) -> NDArray[np.float64]:
    """``[height, width]`` brightness, 0 to 255, each cell the mean of its part of the picture.

    What is transparent counts as white, as a page shows it.
    """
    from PIL import Image as Images

    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layered = image.convert("RGBA")
        image = Images.new("RGBA", layered.size, "white")
        image.alpha_composite(layered)
    small = image.convert("RGB").convert("L").resize((width, height), Images.Resampling.BOX)
    return np.asarray(small, dtype=np.float64)


def difference_hash(image: Image) -> int | None:
    """dHash: bit ``8 * row + column`` is set where the cell right of it is brighter; None: no contrast.

    Source: Krawetz (2013), "Kind of like that", on a grid of 9 × 8.
    """
    cells = grey(image, 9, 8)
    return None if cells.std() < _MIN_CONTRAST else _bits(cells[:, 1:] > cells[:, :-1])


def cosine_hash(image: Image) -> int | None:
    """pHash: which of the 64 lowest waves of the picture lie above their median; None: no contrast.

    Source: Zauner (2010), with the discrete cosine transform of a 32 × 32 grid; the constant wave
    (mere brightness) does not set the median.
    """
    from scipy.fft import dctn  # 0.3 s of start-up, for shops whose pictures are compared

    cells = grey(image, 32, 32)
    if cells.std() < _MIN_CONTRAST:
        return None
    waves = np.asarray(dctn(cells, norm="ortho"))[:8, :8].round(6)  # last digits differ by machine
    return _bits(waves > np.median(waves.ravel()[1:]))


def distance(a: int, b: int) -> int:
    """Bits in which two hashes differ, 0 to 64.

    >>> distance(0b1011, 0b0010)
    2
    """
    return (a ^ b).bit_count()


def _bits(cells: NDArray[np.bool_]) -> int:
    return int.from_bytes(np.packbits(cells.ravel(), bitorder="little").tobytes(), "little")
