"""Small pictures, all different, written as PNG by hand: the exam needs no picture library."""

from __future__ import annotations

import random
import struct
import zlib

import numpy as np

SIDE = 96


def draw(rng: random.Random, side: int = SIDE) -> bytes:
    """A blurred pattern of its own colours in a frame of its own shape."""
    noise = np.random.default_rng(rng.getrandbits(63))
    coarse = noise.integers(0, 256, (6, 6, 3))
    pixels = np.kron(coarse, np.ones((side // 6, side // 6, 1))).astype(np.uint8)
    top, left = noise.integers(4, side // 2, 2)
    pixels[top : top + side // 3, left : left + side // 3] = noise.integers(0, 256, 3)
    return png(pixels)


def png(pixels: np.ndarray) -> bytes:
    """``pixels``: ``[height, width, 3]``, uint8."""
    height, width = pixels.shape[:2]
    lines = b"".join(b"\x00" + pixels[y].tobytes() for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(lines, 1)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )
