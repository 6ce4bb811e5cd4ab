"""Puts events in the order they are received, corrupts some, and writes lines and truth as it goes."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.simulate.dirt import DIRT, Corruptor
from baihuo.simulate.visits import Truth

CLICKS = pa.schema(
    [
        pa.field("event_id", pa.string(), nullable=False),  # an impression
        pa.field("p", pa.float64(), nullable=False),  # P(click | placed here, on this page)
        pa.field("examination", pa.float64(), nullable=False),  # P(examined | placed here)
        pa.field("click_model", pa.string(), nullable=False),  # position, cascade
        pa.field("surface", pa.string(), nullable=False),
        pa.field("position", pa.int32(), nullable=False),
    ]
)
_BATCH = 32_768


class RowWriter:
    """A Parquet file that takes one row at a time and holds few."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._writer, self._schema = pq.ParquetWriter(path, schema, compression="zstd"), schema
        self._rows: list[dict[str, Any]] = []

    def write(self, row: dict[str, Any]) -> None:
        self._rows.append(row)
        if len(self._rows) >= _BATCH:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []


@dataclass(slots=True, eq=False)
class Journal:
    """The events file while it grows. Stops taking lines at ``n_events``."""

    folder: Path
    n_events: int
    corruptor: Corruptor
    n_lines: int = 0
    n_dirty: int = 0
    n_pending: int = 0
    _seq: int = 0
    _pending: list[tuple[int, int, dict[str, Any], Truth | None]] = field(default_factory=list)
    _file: BinaryIO = field(init=False)
    _clicks: RowWriter = field(init=False)
    _dirt: RowWriter = field(init=False)

    def __enter__(self) -> Journal:
        (self.folder / "truth").mkdir(parents=True, exist_ok=True)
        self._file = (self.folder / "events.jsonl").open("wb", buffering=1 << 20)
        self._clicks = RowWriter(self.folder / "truth" / "clicks.parquet", CLICKS)
        self._dirt = RowWriter(self.folder / "truth" / "dirt.parquet", DIRT)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        self._clicks.close()
        self._dirt.close()

    @property
    def n_promised(self) -> int:
        """Lines written, and those that wait for their time."""
        return self.n_lines + len(self._pending)

    def emit(self, event: dict[str, Any], truth: Truth | None) -> None:
        """Take an event; it is written when :meth:`flush` reaches the time it is received."""
        self._seq += 1
        heapq.heappush(self._pending, (event["received_at_us"], self._seq, event, truth))

    def flush(self, up_to_us: int) -> None:
        """Write what is received before ``up_to_us``, with the dirt that falls on it."""
        while self._pending and self._pending[0][0] < up_to_us and self.n_lines < self.n_events:
            _, _, event, truth = heapq.heappop(self._pending)
            self._write(event, truth)

    def note_product_dirt(self, label: dict[str, Any]) -> None:
        """Add a label of the products file to the truth."""
        self._dirt.write(label)

    def _write(self, event: dict[str, Any], truth: Truth | None) -> None:
        corrupted = self.corruptor.corrupt(event, n_lines=self.n_lines, n_dirty=self.n_dirty)
        for payload, label in corrupted:
            if self.n_lines >= self.n_events:
                return
            self.n_lines += 1
            line = payload if isinstance(payload, bytes) else orjson.dumps(payload)
            self._file.write(line)
            self._file.write(b"\n")
            if label is not None:
                self.n_dirty += 1
                self._dirt.write({"file": "events.jsonl", "line": self.n_lines, **label})
            elif payload is event:
                self.corruptor.written(event, self.n_lines)
                if truth is not None:
                    p, examination, model = truth
                    self._clicks.write(
                        {
                            "event_id": event["event_id"],
                            "p": p,
                            "examination": examination,
                            "click_model": model,
                            "surface": event["surface"],
                            "position": event["position"],
                        }
                    )
