"""Finds lines that no parser should see: too long, with zero bytes, not UTF-8."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from baihuo.connect.encodings import legacy_encoding
from baihuo.connect.rows import MAX_CELL_BYTES, Rejected
from baihuo.connect.text_files import NUL, Lines

ZERO_BYTE = ("zero_byte", "remove the zero bytes: the file was damaged in transfer")
_RAW_BYTES = 40_000


def reject(lines: Lines, i: int, reason: str, fix: str, last: int | None = None) -> Rejected:
    """Line ``i`` of a block (to ``last``) as a refused row."""
    raw = lines.raw(i, last)[:_RAW_BYTES].decode("utf-8", "replace")
    return Rejected(lines.first_line + i, None, None, reason, fix, raw)


def too_long(lines: Lines) -> NDArray[np.bool_]:
    """Lines longer than a row may be."""
    return np.asarray(lines.ends - lines.starts > MAX_CELL_BYTES)


def set_aside(lines: Lines, aside: NDArray[np.bool_], n_read: int) -> list[Rejected]:
    """Mark damaged lines in ``aside``; returns those among the first ``n_read`` as refused rows.

    Lines that were set aside before are handled by the caller and are skipped.
    """
    rejected = []
    bad = too_long(lines) & ~aside
    for i in np.flatnonzero(bad[:n_read]).tolist():
        rejected.append(reject(lines, i, "too_long", "shorten the text: a row may have 1 MiB"))
    aside |= bad
    bad = _zero_bytes(lines) & ~aside
    for i in np.flatnonzero(bad[:n_read]).tolist():
        rejected.append(reject(lines, i, *ZERO_BYTE))
    aside |= bad
    for i in _not_utf8(lines, aside):
        aside[i] = True
        if i < n_read:
            found = legacy_encoding(lines.raw(i))
            fix = f"write the row in UTF-8; if the whole file is {found}, import with --encoding {found}"
            rejected.append(reject(lines, i, "not_utf8", fix))
    return rejected


def _zero_bytes(lines: Lines) -> NDArray[np.bool_]:
    bad = np.zeros(len(lines), bool)
    if b"\0" in lines.data:
        positions = np.flatnonzero(lines.buffer == NUL)
        bad[np.searchsorted(lines.ends, positions, side="right")] = True
    return bad


def _not_utf8(lines: Lines, aside: NDArray[np.bool_]) -> list[int]:
    if lines.data.isascii():
        return []
    try:
        lines.data.decode()
    except UnicodeDecodeError:
        foreign = np.add.reduceat((lines.buffer > 127).astype(np.int32), lines.starts) > 0
        return [i for i in np.flatnonzero(foreign & ~aside).tolist() if not _is_utf8(lines.raw(i))]
    return []


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
