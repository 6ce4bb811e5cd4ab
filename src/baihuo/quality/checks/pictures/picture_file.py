"""One picture file, opened and read to its end: is it a picture that can be shown?"""

from __future__ import annotations

import hashlib
import importlib.util
import warnings
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

_VISIBLE_TAGS = frozenset(
    "path rect circle ellipse line polyline polygon text image use foreignObject".split()
)
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF", b"BM", b"II*\x00", b"MM\x00*")
_HEAD_BYTES = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureInfo:
    """What one file is. ``problem`` is None for a picture that can be shown."""

    problem: str | None = None
    sha256: str | None = None  # of the bytes


def can_decode() -> bool:
    """Whether Pillow is installed: without it only the first bytes of a file are checked."""
    return importlib.util.find_spec("PIL") is not None


def inspect_picture(
    path: Path, *, max_mb: float, max_megapixels: float, min_side: int
) -> PictureInfo:
    """Open ``path`` and say what is wrong with it. Never raises for what is in a file.

    Args:
        max_mb: Larger files are not read.
        max_megapixels: A header that promises more is not decoded.
        min_side: Pixels; a picture smaller than that on one side shows nothing.
    """
    try:
        n_bytes = path.stat().st_size
        if not path.is_file():
            return PictureInfo(problem="it is not a file")
        if n_bytes == 0:
            return PictureInfo(problem="the file is empty")
        if n_bytes > max_mb * 1e6:
            return PictureInfo(problem=f"the file has {n_bytes / 1e6:.0f} MB")
        data = path.read_bytes()
    except FileNotFoundError:
        return PictureInfo(problem="there is no such file")
    except (OSError, ValueError) as error:
        return PictureInfo(problem=f"it cannot be read ({type(error).__name__})")
    sha256 = hashlib.sha256(data).hexdigest()
    head = data[:_HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] == b"<":
        return PictureInfo(problem=_drawing_problem(data), sha256=sha256)
    if not can_decode():
        problem = None if data.startswith(_MAGIC) or data[4:8] == b"ftyp" else "it is not a picture"
        return PictureInfo(problem=problem, sha256=sha256)
    return _raster(data, sha256, max_megapixels=max_megapixels, min_side=min_side)


def _raster(data: bytes, sha256: str, *, max_megapixels: float, min_side: int) -> PictureInfo:
    from PIL import Image, UnidentifiedImageError

    info = PictureInfo(sha256=sha256)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata and large headers: judged below
            image = Image.open(BytesIO(data))
            width, height = image.size
            if width * height > max_megapixels * 1e6:
                return replace(info, problem=f"it says it has {width} × {height} pixels")
            image.load()
            if min(width, height) < min_side:
                return replace(info, problem=f"it has {width} × {height} pixels")
    except UnidentifiedImageError:
        return replace(info, problem="it is not a picture")
    except Image.DecompressionBombError:
        return replace(info, problem="it says it has absurdly many pixels")
    except Exception as error:  # decoders raise whatever they like on damaged bytes
        return replace(info, problem=f"it is cut short or damaged ({type(error).__name__})")
    return info


def _drawing_problem(data: bytes) -> str | None:
    """What is wrong with an SVG; entities are refused unexpanded, because they can grow without end."""
    if b"<!ENTITY" in data:
        return "the drawing defines entities, which pages must not expand"
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError):
        return "the drawing is cut short or not XML"
    names = {str(e.tag).rpartition("}")[2] for e in root.iter()}
    if str(root.tag).rpartition("}")[2] != "svg":
        return "it is not a picture"
    return None if names & _VISIBLE_TAGS else "the drawing is empty"
