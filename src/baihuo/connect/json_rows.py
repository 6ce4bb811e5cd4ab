"""JSON lines as blocks of text columns: one object per line, nested values as JSON text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from baihuo.connect.rows import Block, Rejected, broken
from baihuo.connect.text_files import Lines, TextFile, reject, set_aside
from baihuo.engine import Tables

_KEYS = """SELECT key FROM (SELECT DISTINCT unnest(json_keys(raw)) AS key FROM rows)
           WHERE key <> '' AND NOT contains(key, chr(0)) ORDER BY key"""  # without names that no column can have
_ALL_OBJECTS = "SELECT bool_and(starts_with(raw, '{') AND json_valid(raw)) AS ok FROM rows"
_IS_OBJECT = (
    "SELECT CASE WHEN json_valid(raw) THEN json_type(raw) = 'OBJECT' END AS is_object FROM rows"
)


def json_blocks(file: TextFile, tables: Tables, wanted: Sequence[str] | None) -> Iterator[Block]:
    """The objects of a file as columns; ``wanted`` keys, or every key that a block has.

    Raises:
        BrokenFile: no line of the first block is an object.
    """
    is_first = True
    for lines in file.blocks():
        block = _block(lines, tables, wanted)
        if is_first and block.rows.num_rows == 0 and block.rejected:
            raise broken(
                file.path,
                f"line {block.rejected[0].line} is not a JSON object, and no other line is",
                fix=f"write one object per line: jq -c '.[]' {file.path.name} > lines.jsonl"
                " (for a list), or jq -c . (for objects over several lines)",
            )
        is_first = is_first and not block.n_in
        yield block


def _block(lines: Lines, tables: Tables, wanted: Sequence[str] | None) -> Block:
    aside = np.zeros(len(lines), bool)
    rejected = set_aside(lines, aside, len(lines)) if len(lines) else []
    short = np.flatnonzero(~aside & (lines.ends - lines.starts <= 4))
    for i in short.tolist():
        aside[i] = aside[i] or not lines.raw(i).strip()
    at = np.flatnonzero(~aside)
    text = _texts(lines).take(pa.array(at))
    rows = pa.table({"raw": text})
    if len(at) and not tables.sql(_ALL_OBJECTS, rows=rows)["ok"][0].as_py():
        verdicts = tables.sql(_IS_OBJECT, rows=rows)["is_object"].to_pylist()
        good = np.array([v is True for v in verdicts], bool)
        rejected += [
            _not_object(lines, int(at[k]), verdicts[k]) for k in np.flatnonzero(~good).tolist()
        ]
        rows, at = rows.filter(pa.array(good)), at[good]
    if wanted is None:
        wanted = tables.sql(_KEYS, rows=rows)["key"].to_pylist() if len(at) else []
    table = _columns(rows, tables, wanted)
    rejected.sort(key=lambda r: r.line)
    return Block(
        table,
        at.astype(np.int64) + lines.first_line,
        lambda i: lines.raw(int(at[i])).decode(),
        rejected,
        lines.bytes_done,
    )


def _not_object(lines: Lines, i: int, verdict: bool | None) -> Rejected:
    if verdict is None:
        return reject(lines, i, "not_json", "fix the JSON: one complete object on one line")
    return reject(lines, i, "not_an_object", 'write an object, as in {"product_id": "7"}')


def _texts(lines: Lines) -> pa.StringArray:
    """The lines as one text array over the same bytes, without a copy."""
    offsets = np.concatenate([lines.starts[:1], lines.ends]).astype(np.int32)
    if not len(lines):
        return pa.array([], pa.string())
    return pa.StringArray.from_buffers(len(lines), pa.py_buffer(offsets), pa.py_buffer(lines.data))


def _columns(rows: pa.Table, tables: Tables, keys: Sequence[str]) -> pa.Table:
    if not keys or not rows.num_rows:
        return pa.table({k: pa.array([None] * rows.num_rows, pa.string()) for k in keys})
    paths = ", ".join("'$." + _path(k) + "'" for k in keys)
    names = ", ".join(
        f'v[{i}] AS "{k.replace(chr(34), chr(34) * 2)}"' for i, k in enumerate(keys, 1)
    )
    return tables.sql(
        f"SELECT {names} FROM (SELECT json_extract_string(raw, [{paths}]) AS v FROM rows)",
        rows=rows,
    )


def _path(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"').replace("'", "''")
    return f'"{escaped}"'
