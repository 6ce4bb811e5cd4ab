"""What the steps found in one table's rows, and the rows that are left.

The big files are never rewritten between steps: a step only writes the few rows that it would
touch, and :meth:`FindingsStore.rows` is the table as the next step may see it. One last pass applies all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.core import EVENTS, PRODUCTS, TIMELY
from baihuo.engine import Source, Tables, parquet_files, sql_file
from baihuo.quality.counts import StepCount
from baihuo.quality.gravest import BY_GRAVITY, count_round

On: TypeAlias = Literal["events", "products"]
_ROWS_TOUCHED_SO_FAR = sql_file(__file__, "rows_touched_so_far")
_FINDINGS_LESS_WAIVED = sql_file(__file__, "findings_less_waived")
_MANY_PRODUCTS = (
    500_000  # a step's SELECTs run one after the other; of events, ranges bound the memory
)

FINDING_COLUMNS = "import_id, line, rule, action, field, new, detail"
"""The columns of every step's SELECT, one row for each finding.

``field`` and ``new`` (as text; NULL blanks the cell) are for repairs; ``detail`` is a JSON object.
"""
PARTS = pa.schema(
    [
        ("step_no", pa.int32()),
        ("step", pa.string()),
        ("import_id", pa.int32()),
        ("line", pa.int64()),
        ("rule", pa.string()),
        ("action", pa.string()),
        ("field", pa.string()),
        ("new", pa.string()),
        ("detail", pa.string()),
    ]
)
"""The files of findings that the rounds leave: which step found what, in which row."""
PROMPT_US = 60_000_000
"""Browsers send what happened within seconds; who proves nothing is believed so far back."""
SCHEMAS: dict[On, pa.Schema] = {"events": EVENTS, "products": PRODUCTS}
SQL_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.int32(): "INTEGER",
    pa.float64(): "DOUBLE",
    pa.list_(pa.string()): "VARCHAR[]",
}


@dataclass
class FindingsStore:
    """One table's raw files, and what was found in them so far."""

    tables: Tables
    table: On
    raw: Source
    work: Path  # a folder for this store alone, deleted at the end
    n_left: int = 0
    parts: list[Path] = field(default_factory=list)
    counts: list[StepCount] = field(default_factory=list)
    repaired: dict[str, str] = field(default_factory=dict)  # column → its SQL type
    waived: pa.Table | None = None  # import_id, line, rule, by, why: a person says the row is right
    overlap: Path | None = None  # import_id, line of rows that are read here and counted elsewhere
    after_round: int = 0  # rounds of other stores of the table come before those of this one
    _has_touched: bool = False

    def __post_init__(self) -> None:
        self.n_in = self.n_left = n_rows(self.raw) - (n_rows(self.overlap) if self.overlap else 0)
        self._n_rounds = self.after_round
        self._without_values = empty_columns(self.raw) if self.n_in else frozenset()
        self._has_timely = self.table == "events" and has_column(self.raw, TIMELY)

    @property
    def empty(self) -> frozenset[str]:
        """Columns that no row has a value in, neither as it came nor repaired."""
        return self._without_values - self.repaired.keys()

    @property
    def n_rounds(self) -> int:
        """The number of the last round."""
        return self._n_rounds

    def counted(self, rows: str) -> tuple[str, dict[str, Source]]:
        """SQL for those of ``rows`` that are counted here, and the inputs that it reads."""
        if self.overlap is None:
            return rows, {}
        return f"{rows} ANTI JOIN overlap USING (import_id, line)", {"overlap": self.overlap}

    @property
    def touched(self) -> Path:
        """One row for each row that a step touched, for :meth:`rows`."""
        return self.work / f"{self.table}_touched.parquet"

    def inputs(self) -> dict[str, Source]:
        """The inputs that :meth:`rows` reads."""
        return {"raw": self.raw} | ({"touched": self.touched} if self._has_touched else {})

    def rows(self, *columns: str) -> str:
        """SQL for the rows still there, repairs applied: ``import_id``, ``line`` and ``columns``."""
        names = ["import_id", "line", *(c for c in columns if c not in ("import_id", "line"))]
        if not self._has_touched:
            return f"(SELECT {', '.join(self._raw_cell(c) for c in names)} FROM raw)"
        return (
            f"(SELECT {', '.join(self._cell(c) for c in names)} "
            "FROM raw LEFT JOIN touched AS t USING (import_id, line) WHERE t.is_gone IS NOT TRUE)"
        )

    def rows_as_counted(self, *columns: str) -> str:
        """As :meth:`rows` of events, for checks of rates: when a row of the live log happened is believed for :data:`PROMPT_US`
        before its receipt, beyond it where the sender proved it. Else a minute's flood would be spread over past days.
        """
        received = f"CASE WHEN import_id = 0 AND {TIMELY} IS NOT TRUE THEN received_at_us - {PROMPT_US} END"
        counted = f"greatest(occurred_at_us, {received}) AS occurred_at_us"  # of NULL, the other
        names = ["import_id", "line", *(c for c in columns if c not in ("import_id", "line"))]
        cells = ", ".join(counted if name == "occurred_at_us" else name for name in names)
        read = dict.fromkeys([*names, "occurred_at_us", "received_at_us", TIMELY])
        return f"(SELECT {cells} FROM {self.rows(*read)})"

    def _cell(self, column: str) -> str:
        if column not in self.repaired:
            return self._raw_cell(column)
        new = f"CAST(nullif(substr(t.new_{column}, 2), '') AS {self.repaired[column]})"
        return f"CASE WHEN t.new_{column} IS NULL THEN raw.{column} ELSE {new} END AS {column}"

    def _raw_cell(self, column: str) -> str:
        if column in ("import_id", "line"):
            return column
        if column == TIMELY:
            return TIMELY if self._has_timely else f"NULL AS {TIMELY}"
        if column in self.empty:  # a shop uses few of all columns: the others are not read
            return f"CAST(NULL AS {SQL_TYPES[SCHEMAS[self.table].field(column).type]}) AS {column}"
        return f"raw.{column}"

    def record(self, step: str, selects: list[str], **inputs: Source) -> bool:
        """Run a step's SELECTs (each has :data:`FINDING_COLUMNS`) and count what they found.

        A row found for several reasons counts once, by the gravest: erase, quarantine, merge, repair, note.
        What a person waived for a row is noted, and does nothing to it.

        Returns:
            Whether anything was found, for :meth:`resume`.
        """
        self._n_rounds += 1
        part = self._part(step)
        if len(selects) > 1 and self.table == "products" and self.n_in >= _MANY_PRODUCTS:
            # In one statement the hash tables of all of them are in memory at once.
            pieces = [part.with_suffix(f".{n}.parquet") for n in range(len(selects))]
            for select, piece in zip(selects, pieces, strict=True):
                self._find(step, [select], piece, inputs)
            named: dict[str, Source] = {f"piece{n}": piece for n, piece in enumerate(pieces)}
            self.tables.sql(" UNION ALL ".join(f"FROM {name}" for name in named), out=part, **named)
            for piece in pieces:
                piece.unlink()
        elif selects:
            self._find(step, selects, part, inputs)
        has_found = bool(selects) and n_rows(part) > 0
        self._count(step, part if has_found else None)
        return has_found

    def _find(self, step: str, selects: list[str], out: Path, inputs: dict[str, Source]) -> None:
        found = " UNION ALL ".join(f"SELECT {FINDING_COLUMNS} FROM ({one})" for one in selects)
        waived: dict[str, Source] = {}
        if self.waived is not None:
            found, waived = _FINDINGS_LESS_WAIVED(findings=found), {"waived": self.waived}
        self.tables.sql(
            f"SELECT {self._n_rounds} AS step_no, '{step}' AS step, * FROM ({found})",
            out=out,
            **self.inputs(),
            **inputs,
            **waived,
        )

    def resume(self, step: str, *, has_found: bool) -> None:
        """Count a round that a killed run finished: its findings are in ``work``."""
        self._n_rounds += 1
        self._count(step, self._part(step) if has_found else None)

    def next_round(self, step: str) -> str:
        """The name that the next round of findings will have."""
        return f"{self.table}_{self._n_rounds + 1}_{step}"

    def _part(self, step: str) -> Path:
        return self.work / f"{self.table}_{self._n_rounds}_{step}.parquet"

    def _count(self, step: str, part: Path | None) -> None:
        n_in, n_by_action = self.n_left, dict.fromkeys(BY_GRAVITY, 0)
        if part is not None:
            self.parts.append(part)
            found = count_round(part, self.overlap)
            n_by_action = found.n_rows
            if not found.is_note:
                self._gather(part, found.repaired)
        n_noted, n_repaired, n_merged, n_quarantined, n_erased = n_by_action.values()
        self.n_left -= n_merged + n_quarantined + n_erased
        if self.counts and self.counts[-1].step == step:  # a step's second round
            before = self.counts.pop()
            n_in = before.n_in
            n_quarantined += before.n_quarantined
            n_merged += before.n_merged
            # a row that two rounds repaired is kept once
            n_repaired = min(n_repaired + before.n_repaired, self.n_left)
            n_erased += before.n_erased
            n_noted += before.n_noted
        self.counts.append(
            StepCount(
                step,
                self.table,
                n_in,
                self.n_left,
                n_quarantined,
                n_merged,
                n_repaired,
                n_erased,
                n_noted,
            )
        )

    def _gather(self, part: Path, fields: frozenset[str]) -> None:
        """Add a round to :attr:`touched`. Of two repairs of a cell the later step's holds."""
        schema = SCHEMAS[self.table]
        self.repaired |= {name: SQL_TYPES[schema.field(name).type] for name in sorted(fields)}
        # "=" before the new text keeps "blanked" apart from "not repaired"
        new = "".join(
            f", CASE WHEN action = 'repair' AND field = '{f}' THEN '=' || coalesce(new, '') END AS new_{f}"
            for f in sorted(fields)
        )
        last = "".join(
            f", max_by(new_{f}, step_no) FILTER (new_{f} IS NOT NULL) AS new_{f}"
            for f in sorted(self.repaired)
        )
        before: dict[str, Source] = {"before": self.touched} if self._has_touched else {}
        earlier = "UNION ALL BY NAME SELECT *, 0 AS step_no FROM before" if before else ""
        self.tables.sql(
            _ROWS_TOUCHED_SO_FAR(new=new, earlier=earlier, last=last),
            out=self.touched,
            part=part,
            **before,
        )
        self._has_touched = True


def empty_columns(source: Source) -> frozenset[str]:
    """Columns without any value, from the statistics of the files; of no rows, none."""
    if n_rows(source) == 0:
        return frozenset()
    if isinstance(source, pa.Table):
        counts = [(n, source[n].null_count == source.num_rows) for n in source.column_names]
        return frozenset(name for name, is_empty in counts if is_empty)
    empty: set[str] | None = None
    for path in parquet_files(source):
        metadata = pq.read_metadata(path)
        names = empty if empty is not None else set(metadata.schema.names)
        indexes = {n: i for i, n in enumerate(metadata.schema.names) if n in names}
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            for name in list(indexes):
                statistics = group.column(indexes[name]).statistics
                if statistics is None or statistics.null_count != group.num_rows:
                    del indexes[name]
        empty = set(indexes)
    return frozenset(empty or ())


def has_column(source: Source, name: str) -> bool:
    """Whether a table, or one of some files, has a column of this name."""
    if isinstance(source, pa.Table):
        return name in source.column_names
    return any(name in pq.read_schema(path).names for path in parquet_files(source))


def n_rows(source: Source) -> int:
    """How many rows a source has, from the footers of the files."""
    if isinstance(source, pa.Table):
        return int(source.num_rows)
    return sum(int(pq.read_metadata(path).num_rows) for path in parquet_files(source))
