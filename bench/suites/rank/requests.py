"""The files that both systems read: train and test, and requests of neighbouring test rows as JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

_REQUESTS = 50  # different ones
_TEST = 0.1  # of a single file, its last rows


def table_files(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Paths of train and test, the label, and which columns are categories and numbers."""
    from baihuo.models import DeepSettings
    from baihuo.train.tables.columns import TableSpec
    from baihuo.train.tables.stage import table_columns

    data = arguments.data
    if data is None:
        from suites.train.generator import make

        data = folder / "data"
        make(data, n_rows=int(arguments.rows), seed=arguments.seed, kind="parquet")
    elif data.is_file():
        data = _split(data, folder / "data")
    train, test = (_file(data, name) for name in ("train", "test"))
    columns = table_columns(train, TableSpec(label=arguments.label), DeepSettings())
    return {
        "train": str(train),
        "test": str(test),
        "label": arguments.label,
        "categories": [c.name for c in columns.categories],
        "numbers": [n.name for n in columns.numbers],
    }


def request_file(asked: dict[str, Any], folder: Path, *, n_rows: int) -> Path:
    """A line a request: ``n_rows`` neighbouring test rows, each a mapping of field to word or number, null where missing."""
    fields = [*asked["categories"], *asked["numbers"]]
    rows = _as_served(_read(Path(asked["test"])).select(fields), asked["categories"])
    n = min(_REQUESTS, rows.num_rows // n_rows)
    if not n:
        raise SystemExit(f"{asked['test']} has fewer than {n_rows} rows")
    path = folder / "requests.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for at in range(n):
            of_one = rows.slice(at * n_rows, n_rows).to_pylist()
            file.write(json.dumps(of_one) + "\n")
    return path


def _as_served(rows: pa.Table, categories: list[str]) -> pa.Table:
    for name in categories:
        words = rows.column(name).cast(pa.string())
        rows = rows.set_column(rows.column_names.index(name), name, words)
    return rows


def _split(path: Path, folder: Path) -> Path:
    rows = _read(path)
    folder.mkdir(parents=True)
    cut = rows.num_rows - round(rows.num_rows * _TEST)
    pq.write_table(rows.slice(0, cut), folder / "train.parquet")
    pq.write_table(rows.slice(cut), folder / "test.parquet")
    return folder


def _file(data: Path, name: str) -> Path:
    for kind in ("csv", "parquet"):
        if (path := data / f"{name}.{kind}").exists():
            return path.resolve()
    raise SystemExit(f"there is no {name}.csv and no {name}.parquet in {data}")


def _read(path: Path) -> pa.Table:
    if path.suffix == ".parquet":
        return pq.read_table(path)
    from baihuo.train.tables.read_table import MISSING

    options = pacsv.ConvertOptions(null_values=MISSING, strings_can_be_null=True)
    return pacsv.read_csv(path, convert_options=options)
