"""Where texts occur in the files of a folder: raw bytes, and values behind the compression of Parquet, SQLite, npz and served pages."""

from __future__ import annotations

import json
import sqlite3
import struct
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def files_with(folder: Path, needles: Iterable[str]) -> dict[str, set[str]]:
    """Needle → files that hold it, relative to the folder; needles that no file holds are left out."""
    forms = {n: {n.encode(), n.encode("utf-16-le"), json.dumps(n)[1:-1].encode()} for n in needles}
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or "/encoders/" in str(path) or path.suffix in (".png", ".svg"):
            continue
        for data in (path.read_bytes(), *_decoded(path)):
            for needle, of_needle in forms.items():
                if any(form in data for form in of_needle):
                    found[needle].add(str(path.relative_to(folder)))
    return dict(found)


def _decoded(path: Path) -> Iterator[bytes]:
    head = path.read_bytes()[:16]
    if head[:4] == b"PAR1":
        for column in pq.read_table(path).columns:
            yield _joined(column)
        yield str(pq.read_schema(path).metadata).encode()
    elif head.startswith(b"SQLite format 3"):
        yield from _rows(path)
    elif head[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield archive.read(name)
    elif head[:6] == b"\x93NUMPY":
        yield np.lib.format.open_memmap(path, mode="r").tobytes()


def _joined(column: pa.ChunkedArray) -> bytes:
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return b""
    values = column.unique() if pa.types.is_string(column.type) else column
    return "\n".join(str(v) for v in values.to_pylist()).encode("utf-8", "replace")


def _page(body: bytes) -> bytes:
    """The body of a served page as it was before compression; the format is described in ``baihuo.events.compact``."""
    form, n_bytes = struct.unpack_from("<BI", body)
    assert form == 1, f"pages are in format {form}: teach this scan to read it"
    decoded: bytes = pa.Codec("lz4_raw").decompress(body[5:], n_bytes, asbytes=True)
    return decoded


def _rows(path: Path) -> Iterator[bytes]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(f'SELECT * FROM "{table}"')
            cells = (c if isinstance(c, bytes) else str(c).encode() for row in rows for c in row)
            yield b"\0".join(cells)
            if table == "pages":
                bodies = connection.execute("SELECT body FROM pages")
                yield b"\0".join(_page(body) for (body,) in bodies)
    finally:
        connection.close()
