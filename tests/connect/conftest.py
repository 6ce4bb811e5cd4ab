"""A shop to import into, and short ways to look at what came out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from baihuo.connect import ImportResult, Options, import_files, segments
from baihuo.core import ShopPaths
from baihuo.core.progress import Progress, no_progress
from baihuo.engine import DuckTables
from baihuo.privacy import column_mask


@dataclass
class Shop:
    """A shop's raw folder in a temporary place."""

    folder: Path

    @property
    def raw(self) -> Path:
        return ShopPaths(self.folder).raw

    def file(self, name: str, content: bytes | str) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def take(self, *paths: Path, progress: Progress = no_progress, **options: Any) -> ImportResult:
        tables = DuckTables(memory_mb=512, threads=1)
        mask = column_mask(b"key")
        return import_files(
            list(paths),
            raw=self.raw,
            tables=tables,
            mask=mask,
            options=Options(**options),
            progress=progress,
        )

    def rows(self, kind: Any) -> list[dict[str, Any]]:
        return [r for path in segments(self.raw, kind) for r in pq.read_table(path).to_pylist()]

    def refused(self) -> list[dict[str, Any]]:
        paths = sorted((self.raw / "quarantine").glob("*.parquet"))
        return [r for path in paths for r in pq.read_table(path).to_pylist()]

    def snapshot(self) -> dict[str, bytes]:
        """Every file of the raw folder and its bytes."""
        return {
            str(p.relative_to(self.raw)): p.read_bytes()
            for p in sorted(self.raw.rglob("*"))
            if p.is_file()
        }


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture(scope="session")
def shop_at() -> type[Shop]:
    """For tests that need a shop an example."""
    return Shop
