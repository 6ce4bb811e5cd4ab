"""A CTR file to two Parquet files, train and test: what every system reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from baihuo.core import BadInput
from baihuo.train.tables.read_table import seen_numbers
from suites.ctr.load import ROW, load, quoted
from suites.ctr.spec import CRITEO, CtrSpec, checked

_FEWEST_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The two files, and what is in them."""

    train: Path
    test: Path
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    split: str  # in words

    def to_json(self) -> str:
        """For a process of its own."""
        return json.dumps(
            {
                "train": str(self.train),
                "test": str(self.test),
                "numeric": self.numeric,
                "categorical": self.categorical,
                "split": self.split,
            }
        )

    @classmethod
    def of_json(cls, text: str) -> Parts:
        """The inverse."""
        found = json.loads(text)
        return cls(
            train=Path(found["train"]),
            test=Path(found["test"]),
            numeric=tuple(found["numeric"]),
            categorical=tuple(found["categorical"]),
            split=found["split"],
        )


def read_parts(
    path: Path, spec: CtrSpec | None, out: Path, *, test_share: float, memory_mb: int = 3000
) -> Parts:
    """Write ``out/train.parquet`` and ``out/test.parquet``: ``label`` 0 or 1, numbers as doubles, categories as text.

    Args:
        spec: None: the file is Criteo-shaped.
        test_share: Of the rows, the last ones by time or, without a time, by the file's order.

    Raises:
        BadInput: the specification does not fit the file, or a value cannot be used: row, column and value are named.
        BrokenFile: the file cannot be read.
    """
    out.mkdir(parents=True, exist_ok=True)
    database = duckdb.connect(str(out / "reading.duckdb"))
    database.execute(f"SET memory_limit = '{memory_mb}MB'; SET threads = 2")
    database.execute(f"SET temp_directory = '{out}'")
    try:
        names = load(database, path, is_criteo=spec is None)
        spec = checked(spec or _of_names(names, path), names, path)
        n_rows = _count(database, "SELECT count(*) FROM raw")
        if n_rows < _FEWEST_ROWS:
            raise BadInput(
                f"{path} has {n_rows:,} rows",
                fix=f"give {_FEWEST_ROWS} at least: fewer say nothing",
            )
        numeric, categorical = _kinds(database, spec, names, out)
        _check_label(database, spec, path)
        for name in numeric:
            _check_number(database, name, path)
        is_test, split = _split(database, spec, path, n_rows, test_share)
        parts = Parts(
            train=out / "train.parquet",
            test=out / "test.parquet",
            numeric=tuple(map(_written, _filled(database, numeric, is_test))),
            categorical=tuple(map(_written, _filled(database, categorical, is_test))),
            split=split,
        )
        if not parts.numeric and not parts.categorical:
            raise BadInput("there is no column to learn from", fix="take some out of ignore")
        _write(database, spec, parts, is_test)
    finally:
        database.close()
        (out / "reading.duckdb").unlink(missing_ok=True)
    return parts


def _of_names(names: list[str], path: Path) -> CtrSpec:
    """A header that names Criteo's columns needs no specification."""
    if missing := [n for n in (*CRITEO.numeric, *CRITEO.categorical) if n not in names]:
        raise BadInput(
            f"{path} has a header and is not Criteo-shaped (no column {missing[0]})",
            fix="say what its columns are: --spec FILE; --help has an example",
        )
    label = next((n for n in names if n.lower() == "label"), None)
    if label is None:
        raise BadInput(f"{path} has no column label", fix="name it in --spec: label: NAME")
    used = {label, *CRITEO.numeric, *CRITEO.categorical}
    return CRITEO.model_copy(
        update={"label": label, "ignore": tuple(n for n in names if n not in used)}
    )


def _kinds(
    database: Any, spec: CtrSpec, names: list[str], out: Path
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    left = [n for n in names if n not in (*spec.special, *spec.ignore)]
    unknown = [n for n in left if n not in (*spec.numeric, *spec.categorical)]
    is_number: dict[str, bool] = {}
    if unknown:
        head = out / "head.parquet"
        columns = ", ".join(quoted(n) for n in unknown)
        database.execute(f"COPY (SELECT {columns} FROM raw LIMIT 1000) TO '{head}'")
        is_number = seen_numbers(head)
        head.unlink()
    for name in unknown:  # a word may stand after the first rows
        if is_number[name]:
            is_number[name] = not _count(
                database, f"SELECT count(*) FROM raw WHERE {_no_number(name)}"
            )
    numeric = tuple(n for n in left if n in spec.numeric or is_number.get(n, False))
    categorical = tuple(n for n in left if n not in numeric)
    return numeric, categorical


def _filled(database: Any, names: tuple[str, ...], is_test: str) -> tuple[str, ...]:
    """Those that have a value in a row of the training."""
    where = f"NOT coalesce({is_test}, false)"
    return tuple(
        n for n in names if _count(database, f"SELECT count({quoted(n)}) FROM raw WHERE {where}")
    )


def _check_label(database: Any, spec: CtrSpec, path: Path) -> None:
    label = quoted(spec.label)
    if spec.positive is not None:
        text = spec.positive.replace("'", "''")
        if not _count(database, f"SELECT count(*) FROM raw WHERE {label} = '{text}'"):
            found = database.execute(
                f"SELECT DISTINCT {label} FROM raw ORDER BY 1 LIMIT 5"
            ).fetchall()
            raise BadInput(
                f"{path}: no row has the {spec.label} {spec.positive!r}",
                fix=f"positive: one of {', '.join(repr(r[0]) for r in found)}, in quotes",
            )
    bad = f"({_outcome(spec)}) IS NULL"
    _refuse(
        database,
        bad,
        spec.label,
        path,
        "is no outcome: 0 or 1, true or false, yes or no",
        "correct that row, or say which value is a click: positive: VALUE in --spec",
    )


def _check_number(database: Any, name: str, path: Path) -> None:
    _refuse(
        database,
        _no_number(name),
        name,
        path,
        "is no number",
        f"correct that row, or say categorical: [{name}] in --spec",
    )


def _no_number(name: str) -> str:
    cast = f"try_cast({quoted(name)} AS DOUBLE)"
    return f"{quoted(name)} IS NOT NULL AND ({cast} IS NULL OR isinf({cast}))"


def _outcome(spec: CtrSpec) -> str:
    """1 for a click, 0 for none, else NULL."""
    label = quoted(spec.label)
    if spec.positive is not None:
        text = spec.positive.replace("'", "''")
        return f"({label} = '{text}')::TINYINT"
    words = f"CASE WHEN lower({label}) IN ('true', 'yes') THEN 1 WHEN lower({label}) IN ('false', 'no') THEN 0 END"
    number = f"try_cast({label} AS DOUBLE)"
    return f"CASE WHEN {number} IN (0, 1) THEN {number}::TINYINT ELSE {words} END"


def _refuse(database: Any, bad: str, name: str, path: Path, what: str, fix: str) -> None:
    found = database.execute(
        f"SELECT {ROW}, {quoted(name)} FROM raw WHERE {bad} ORDER BY {ROW} LIMIT 1"
    ).fetchone()
    if found:
        value = "an empty value" if found[1] is None else repr(str(found[1])[:80])
        raise BadInput(f"{path}, row {found[0]:,}, column {name!r}: {value} {what}", fix=fix)


def _split(database: Any, spec: CtrSpec, path: Path, n_rows: int, share: float) -> tuple[str, str]:
    """A condition for the rows of the test, and the split in words."""
    if spec.fold is not None:
        fold = quoted(spec.fold)
        values = [
            r[0]
            for r in database.execute(
                f"SELECT DISTINCT {fold} FROM raw WHERE {fold} IS NOT NULL ORDER BY 1"
            ).fetchall()
        ]
        test = spec.test_folds or tuple(values[-1:])
        if unknown := [v for v in test if v not in values]:
            raise BadInput(
                f"{path}: no row has the {spec.fold} {unknown[0]!r}",
                fix=f"test_folds: some of {', '.join(map(str, values[:20]))}",
            )
        listed = ", ".join("'" + str(v).replace("'", "''") + "'" for v in test)
        return f"{fold} IN ({listed})", f"{spec.fold} in {', '.join(test)}"
    if spec.time is None:
        return f"{ROW} > {n_rows - round(n_rows * share)}", f"last {share:.0%} of the file"
    time = quoted(spec.time)
    for kind in ("DOUBLE", "TIMESTAMP"):
        if not _count(
            database, f"SELECT count(*) FROM raw WHERE try_cast({time} AS {kind}) IS NULL"
        ):
            break
    else:
        _refuse(
            database,
            f"try_cast({time} AS DOUBLE) IS NULL AND try_cast({time} AS TIMESTAMP) IS NULL",
            spec.time,
            path,
            "is no time",
            "give seconds, or dates like 2024-05-31 12:00:00",
        )
    database.execute(
        f"CREATE TABLE sorted AS SELECT * FROM raw ORDER BY try_cast({time} AS {kind}), {ROW}; DROP TABLE raw; ALTER TABLE sorted RENAME TO raw"
    )
    cut = f"(SELECT quantile_disc(try_cast({time} AS {kind}), {1 - share}) FROM raw)"
    return f"try_cast({time} AS {kind}) > {cut}", f"last {share:.0%} by {spec.time}"


def _write(database: Any, spec: CtrSpec, parts: Parts, is_test: str) -> None:
    columns = [f"({_outcome(spec)})::TINYINT AS label"]
    columns += [f"{_column_of(n)}::DOUBLE AS {quoted(n)}" for n in parts.numeric]
    columns += [f"{_column_of(n)} AS {quoted(n)}" for n in parts.categorical]
    for file, which in ((parts.train, f"NOT coalesce({is_test}, false)"), (parts.test, is_test)):
        database.execute(
            f"COPY (SELECT {', '.join(columns)} FROM raw WHERE {which}) TO '{file}' (FORMAT parquet)"
        )
        n, low, high = database.execute(
            f"SELECT count(*), min(label), max(label) FROM '{file}'"
        ).fetchone()
        if not n or low == high:
            what = "no row" if not n else f"{n:,} rows, all with the label {low}"
            raise BadInput(
                f"{file.stem} ({parts.split}) has {what}", fix="another time, fold or --test-share"
            )


_ANOTHER = " (a column)"


def _written(name: str) -> str:
    """The name of a column in the two files, where ``label`` is the outcome."""
    return name + _ANOTHER if name.lower() == "label" else name


def _column_of(written: str) -> str:
    return quoted(written.removesuffix(_ANOTHER))


def _count(database: Any, query: str) -> int:
    return int(database.execute(query).fetchone()[0])
