"""A cache of vectors, keyed by the hash of the text they were made from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from baihuo.core import Progress, no_progress, open_sqlite, transaction
from baihuo.encode.encoder import Encoder, Vectors

_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
    encoder TEXT, content BLOB, vector BLOB, PRIMARY KEY (encoder, content)
) WITHOUT ROWID;
"""
_CHUNK = 500  # texts a transaction: a stopped build keeps what it has made


def content_key(text: str) -> bytes:
    """The cache key of a text: 16 bytes of its SHA-256."""
    return hashlib.sha256(text.encode()).digest()[:16]


class VectorCache:
    """A SQLite file of vectors, keyed by encoder hash and content hash; several processes may use it.

    Vectors are kept at half precision: 1,000 products take a megabyte, and the rounding (below
    0.0005 in a cosine) is far under that of 8-bit weights. What is read back is what was first
    returned: new vectors are rounded the same way before they are handed out.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = open_sqlite(path, _SCHEMA, version=1, durability="NORMAL")

    def vectors(
        self, encoder: Encoder, texts: Sequence[str], progress: Progress = no_progress
    ) -> Vectors:
        """``[texts, dim]``: from the cache where it has them, else encoded now and stored."""
        keys = [content_key(t) for t in texts]
        vector_of = self._read(encoder, list(dict.fromkeys(keys)))
        missing = {k: t for k, t in zip(keys, texts, strict=True) if k not in vector_of}
        # Short and long texts in one call: the encoder sorts by length inside a chunk, so chunks of
        # like length waste the least.
        todo = sorted(missing.items(), key=lambda item: len(item[1]))
        n_known = len(keys) - len(todo)
        for start in range(0, len(todo), _CHUNK):
            chunk = todo[start : start + _CHUNK]
            encoded = encoder.encode([t for _, t in chunk]).astype(np.float16)
            rows = [
                (encoder.hash, k, v.tobytes()) for (k, _), v in zip(chunk, encoded, strict=True)
            ]
            with transaction(self._database, self._path) as connection:
                connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)", rows)
            vector_of.update({k: v for (k, _), v in zip(chunk, encoded, strict=True)})
            progress(f"encode ({encoder.name})", n_known + start + len(chunk), len(keys))
        if not keys:
            return np.empty((0, encoder.dim), np.float32)
        return np.stack([vector_of[k] for k in keys]).astype(np.float32)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _read(self, encoder: Encoder, keys: list[bytes]) -> dict[bytes, np.ndarray]:
        vector_of = {}
        for start in range(0, len(keys), 900):
            part = keys[start : start + 900]
            marks = ",".join("?" * len(part))
            for key, blob in self._database.execute(
                f"SELECT content, vector FROM vectors WHERE encoder = ? AND content IN ({marks})",
                (encoder.hash, *part),
            ):
                vector_of[bytes(key)] = np.frombuffer(blob, np.float16)
        return vector_of
