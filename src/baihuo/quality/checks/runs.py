"""Many texts cut at once: a regular expression runs over all of them, and Python looks at each distinct run of letters once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import DTypeLike, NDArray


def numbers_by_text(
    joined: str,
    pattern: re.Pattern[str],
    numbers_of: Callable[[str], Sequence[int]],
    dtype: DTypeLike = np.int64,
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return which text has which numbers, as two arrays in the order of the texts.

    Args:
        joined: the texts, each ended by a line feed, which ``pattern`` finds, too.
        numbers_of: the numbers of a run that ``pattern`` finds; none of a line feed.
        dtype: of the numbers.
    """
    coded = pa.array(pattern.findall(joined), pa.string()).dictionary_encode()
    code, distinct = coded.indices.to_numpy(), coded.dictionary.to_pylist()
    numbers = [numbers_of(run) for run in distinct]
    n_of = np.array([len(held) for held in numbers], np.int64)
    flat = np.array([number for held in numbers for number in held], dtype)
    is_end = np.array([run == "\n" for run in distinct], bool)[code]
    first, n = (np.cumsum(n_of) - n_of)[code], n_of[code]
    within = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
    at = np.repeat(np.cumsum(is_end) - is_end, n)
    return at, flat[np.repeat(first, n) + within]
