"""A CTR file to two Parquet files, train and test: what every system reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from baihuo.core import BadInput, BrokenFile
from baihuo.train.tables.read_table import seen_numbers
from suites.ctr.spec import CRITEO, CRITEO_COLUMNS, CtrSpec, checked

_MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "\\N")
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
        names = _load(database, path, is_criteo=spec is None)
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
            numeric=_filled(database, numeric, is_test),
            categorical=_filled(database, categorical, is_test),
            split=split,
        )
        if not parts.numeric and not parts.categorical:
            raise BadInput("there is no column to learn from", fix="take some out of ignore")
        _write(database, spec, parts, is_test)
    finally:
        database.close()
        (out / "reading.duckdb").unlink(missing_ok=True)
    return parts


def _load(database: Any, path: Path, *, is_criteo: bool) -> list[str]:
    """The table ``raw``: all columns as text (missing: NULL), and ``row_`` from 1."""
    if not path.is_file():
        raise BadInput(f"there is no file {path}", fix="name a .csv, .tsv, .txt or .parquet file")
    file = str(path).replace("'", "''")
    if path.suffix.lower() in (".parquet", ".pq"):
        source = f"read_parquet('{file}')"
    elif is_criteo and _looks_like_criteo(path):
        types = ", ".join(f"'{n}': 'VARCHAR'" for n in CRITEO_COLUMNS)
        source = (
            f"read_csv('{file}', delim = '\t', header = false, columns = {{{types}}}, quote = '')"
        )
    else:
        source = f"read_csv('{file}', all_varchar = true, header = true)"
    try:
        names = [row[0] for row in database.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
        missing = ", ".join(f"'{m}'" for m in _MISSING)
        columns = ", ".join(
            f"CASE WHEN trim({_q(n)}::VARCHAR) IN ({missing}) THEN NULL ELSE trim({_q(n)}::VARCHAR) END AS {_q(n)}"
            for n in names
        )
        database.execute(
            f"CREATE TABLE raw AS SELECT {columns}, row_number() OVER () AS row_ FROM {source}"
        )
    except duckdb.Error as error:
        what = str(error).splitlines()[0]
        raise BrokenFile(
            f"{path} cannot be read: {what}",
            fix="Criteo-shaped: 40 values a row between tabs, no header; any other: CSV, TSV or Parquet with a header and --spec",
        ) from error
    return names


def _looks_like_criteo(path: Path) -> bool:
    """No header: the first value of the first row is a label."""
    import gzip

    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", errors="replace") as file:
        first = file.readline().rstrip("\n").split("\t")
    if first[0] in ("0", "1") and len(first) != len(CRITEO_COLUMNS):
        raise BadInput(
            f"{path}, row 1: {len(first)} values between tabs, a Criteo-shaped file has {len(CRITEO_COLUMNS)}",
            fix="give a file with a header, and --spec",
        )
    return first[0] in ("0", "1")


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
        columns = ", ".join(_q(n) for n in unknown)
        database.execute(f"COPY (SELECT {columns} FROM raw LIMIT 1000) TO '{head}'")
        is_number = seen_numbers(head)
        head.unlink()
    numeric = tuple(n for n in left if n in spec.numeric or is_number.get(n, False))
    categorical = tuple(n for n in left if n not in numeric)
    return numeric, categorical


def _filled(database: Any, names: tuple[str, ...], is_test: str) -> tuple[str, ...]:
    """Those that have a value in a row of the training."""
    where = f"NOT coalesce({is_test}, false)"
    return tuple(
        n for n in names if _count(database, f"SELECT count({_q(n)}) FROM raw WHERE {where}")
    )


def _check_label(database: Any, spec: CtrSpec, path: Path) -> None:
    label = _q(spec.label)
    if spec.positive is not None:
        quoted = spec.positive.replace("'", "''")
        if not _count(database, f"SELECT count(*) FROM raw WHERE {label} = '{quoted}'"):
            values = [
                str(r[0])
                for r in database.execute(f"SELECT DISTINCT {label} FROM raw LIMIT 5").fetchall()
            ]
            raise BadInput(
                f"{path}: no row has the {spec.label} {spec.positive!r}",
                fix=f"positive: one of {', '.join(values)}",
            )
    bad = f"{label} IS NULL"
    if spec.positive is None:
        bad += (
            f" OR try_cast({label} AS DOUBLE) IS NULL OR try_cast({label} AS DOUBLE) NOT IN (0, 1)"
        )
    _refuse(
        database,
        bad,
        spec.label,
        path,
        "is not 0 or 1",
        "correct that row, or say which value is a click: positive: VALUE in --spec",
    )


def _check_number(database: Any, name: str, path: Path) -> None:
    cast = f"try_cast({_q(name)} AS DOUBLE)"
    bad = f"{_q(name)} IS NOT NULL AND ({cast} IS NULL OR isinf({cast}))"
    _refuse(
        database,
        bad,
        name,
        path,
        "is no number",
        f"correct that row, or say categorical: [{name}] in --spec",
    )


def _refuse(database: Any, bad: str, name: str, path: Path, what: str, fix: str) -> None:
    found = database.execute(
        f"SELECT row_, {_q(name)} FROM raw WHERE {bad} ORDER BY row_ LIMIT 1"
    ).fetchone()
    if found:
        value = "an empty value" if found[1] is None else repr(str(found[1])[:80])
        raise BadInput(f"{path}, row {found[0]:,}, column {name!r}: {value} {what}", fix=fix)


def _split(database: Any, spec: CtrSpec, path: Path, n_rows: int, share: float) -> tuple[str, str]:
    """A condition for the rows of the test, and the split in words."""
    if spec.fold is not None:
        fold = _q(spec.fold)
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
        return f"row_ > {n_rows - round(n_rows * share)}", f"last {share:.0%} of the file"
    time = _q(spec.time)
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
        f"CREATE TABLE sorted AS SELECT * FROM raw ORDER BY try_cast({time} AS {kind}), row_; DROP TABLE raw; ALTER TABLE sorted RENAME TO raw"
    )
    cut = f"(SELECT quantile_disc(try_cast({time} AS {kind}), {1 - share}) FROM raw)"
    return f"try_cast({time} AS {kind}) > {cut}", f"last {share:.0%} by {spec.time}"


def _write(database: Any, spec: CtrSpec, parts: Parts, is_test: str) -> None:
    label = _q(spec.label)
    if spec.positive is None:
        outcome = f"{label}::DOUBLE::TINYINT"
    else:
        quoted = spec.positive.replace("'", "''")
        outcome = f"({label} = '{quoted}')::TINYINT"
    columns = [f"{outcome} AS label"]
    columns += [f"{_q(n)}::DOUBLE AS {_q(n)}" for n in parts.numeric]
    columns += [_q(n) for n in parts.categorical]
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


def _count(database: Any, query: str) -> int:
    return int(database.execute(query).fetchone()[0])


def _q(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
