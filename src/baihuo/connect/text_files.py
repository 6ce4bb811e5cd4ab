"""A text file as blocks of whole lines in UTF-8, after decompression and decoding."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from baihuo.connect.encodings import bom_of, guess_encoding, legacy_encoding
from baihuo.connect.rows import MAX_CELL_BYTES, Rejected, broken
from baihuo.connect.signatures import not_a_table

# Finds lines that no parser should see: too long, with zero bytes, not UTF-8.


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


BLOCK_BYTES = 16 << 20
HEAD_BYTES = (1 << 20) + 1
"""As much of a file as tells its encoding, format and header."""
_MAX_LINE_BYTES = 64 << 20

NEWLINE, RETURN, QUOTE, NUL = 10, 13, 34, 0


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines of a file.

    ``ends[i]`` is one past the newline of line ``i``; the last line of a file may have none.
    """

    data: bytes
    first_line: int  # 1-based number of the first one
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    is_last: bool
    bytes_done: int  # of the file on disk

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def buffer(self) -> NDArray[np.uint8]:
        return np.frombuffer(self.data, np.uint8)

    def after(self, n: int) -> Lines:
        """The lines without the first ``n``, at least one."""
        cut = int(self.ends[n - 1])
        rest = slice(n, None)
        return replace(
            self,
            data=self.data[cut:],
            first_line=self.first_line + n,
            starts=self.starts[rest] - cut,
            ends=self.ends[rest] - cut,
        )

    def raw(self, i: int, j: int | None = None) -> bytes:
        """Lines ``i`` to ``j`` (``i`` alone by default), without the last one's line ending."""
        last = i if j is None else j
        return self.data[self.starts[i] : self.ends[last]].rstrip(b"\r\n")


def lines_of(data: bytes, first_line: int, *, is_last: bool, bytes_done: int = 0) -> Lines:
    """Cut ``data`` at its newlines."""
    buffer = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(buffer == NEWLINE) + 1
    if len(data) and (len(ends) == 0 or ends[-1] != len(data)):
        ends = np.append(ends, len(data))
    starts = np.concatenate([[0], ends[:-1]]) if len(ends) else ends
    return Lines(data, first_line, starts, ends, is_last, bytes_done)


class TextFile:
    """Reads one file from its start, in blocks that end where a line ends.

    Gzip is recognised by its first bytes, not by its name. A reader that needs more of the file to parse
    the end of a block puts that end back with :meth:`unread`.
    """

    def __init__(self, path: Path, encoding: str | None, *, block_bytes: int = BLOCK_BYTES) -> None:
        self.path, self.encoding, self.block_bytes = path, encoding, block_bytes
        self._tail = b""
        self._line = 1
        if encoding is not None:
            try:
                codecs.lookup(encoding)
            except LookupError as why:
                raise broken(
                    path,
                    f"there is no encoding {encoding!r}",
                    fix="use --encoding with a name such as gb18030, big5, cp1252 or utf-16",
                ) from why

    def unread(self, data: bytes, line: int) -> None:
        """Put ``data``, which starts at ``line``, back in front of the next block."""
        self._tail, self._line = data + self._tail, line

    def blocks(self) -> Iterator[Lines]:
        """The file's lines, block by block.

        Raises:
            BrokenFile: empty, truncated, in another encoding, or not lines of text.
        """
        with self.path.open("rb") as file:
            is_empty = True
            for chunk in self._chunks(file):
                is_empty = is_empty and not chunk
                tail, line = self._tail, self._line
                end = chunk.rfind(b"\n") + 1
                if end == 0 and b"\n" not in tail:  # what was put back may have lines
                    self._tail = tail + chunk
                    if len(self._tail) > _MAX_LINE_BYTES:
                        raise self._not_lines()
                    continue
                if end:
                    data = b"".join((tail, memoryview(chunk)[:end]))  # copied once
                    self._tail = chunk[end:]
                else:
                    at = tail.rfind(b"\n") + 1
                    data, self._tail = tail[:at], tail[at:] + chunk
                block = lines_of(data, line, is_last=False, bytes_done=file.tell())
                self._line = line + len(block)
                yield block
            if is_empty and not self._tail:
                raise broken(
                    self.path, "the file is empty", fix="export it again; nothing was imported"
                )
            while self._tail:
                data, self._tail = self._tail, b""
                block = lines_of(data, self._line, is_last=True, bytes_done=file.tell())
                self._line += len(block)
                yield block

    def _not_lines(self) -> Exception:
        if b"\r" in self._tail[: 1 << 16]:
            return old_mac_lines(self.path)
        return broken(
            self.path,
            f"no line ends within {_MAX_LINE_BYTES >> 20} MiB, so this is not a text file",
            fix="name its format with --format (parquet, icecat), or export it as CSV or JSON lines",
        )

    def _chunks(self, file: IO[bytes]) -> Iterator[bytes]:
        head = file.read(4)
        file.seek(0)
        stream: IO[bytes] = gzip.GzipFile(fileobj=file) if head[:2] == b"\x1f\x8b" else file  # type: ignore[assignment]
        decoder = None
        if self.encoding is not None and codecs.lookup(self.encoding).name != "utf-8":
            decoder = codecs.getincrementaldecoder(self.encoding)("strict")
        is_first = True
        while True:
            try:
                chunk = stream.read(self.block_bytes)
                text = decoder.decode(chunk, final=not chunk) if decoder else ""
            except (EOFError, zlib.error, gzip.BadGzipFile) as why:
                raise broken(
                    self.path,
                    f"the compressed file is damaged or truncated ({why})",
                    fix=f"copy or download it again; `gzip -t {self.path.name}` checks it",
                ) from why
            except UnicodeError as why:
                raise broken(
                    self.path,
                    f"it is not valid {self.encoding} ({why.reason if isinstance(why, UnicodeDecodeError) else why})",
                    fix="leave out --encoding if it is UTF-8, or give the right encoding",
                ) from why
            if not chunk and not text:
                return
            data = text.encode() if decoder else chunk
            if is_first:
                if problem := not_a_table(chunk, is_encoded=decoder is not None):
                    raise broken(self.path, problem[0], fix=problem[1])
                data = self._without_bom(data)
                is_first = False
            yield data

    def _without_bom(self, data: bytes) -> bytes:
        bom = bom_of(data)
        if bom is None:
            if self.encoding is None and (guess := guess_encoding(data)) is not None:
                raise self._wrong_encoding(guess)
            return data
        name, n = bom
        if name != "utf-8":
            raise self._wrong_encoding(name)
        return data[n:]

    def _wrong_encoding(self, found: str) -> Exception:
        return wrong_encoding(self.path, found)


def old_mac_lines(path: Path) -> Exception:
    """The error of a file whose lines end in a carriage return only."""
    return broken(
        path,
        "its lines end in a carriage return only, as on old Macs",
        fix=f"tr '\\r' '\\n' < {path.name} > fixed.csv, and import fixed.csv",
    )


def wrong_encoding(path: Path, found: str) -> Exception:
    """The error of a text file that is not UTF-8."""
    return broken(
        path,
        f"it is not UTF-8; it looks like {found}",
        fix=f"import it with --encoding {found}, or convert it first: "
        f"iconv -f {found} -t utf-8 {path.name} > utf8-{path.name}",
    )
