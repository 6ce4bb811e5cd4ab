"""What dirt costs on real purchases, where nobody knows the truth: the table as it stands."""

from __future__ import annotations

from pathlib import Path

from baihuo.encode import MINILM, Encoders, export_encoders
from baihuo.engine import DuckTables
from baihuo.quality import CleanOptions, InputFiles, check_files, load_rules
from baihuo.valuation import ValueOptions, value_dirt
from suites.shared.measure import emit


def real(data: Path, work: Path, *, seed: int) -> None:
    """A line a kind of finding of Online Retail."""
    tables = DuckTables(threads=1)
    check_files(
        tables,
        InputFiles(events=[data / "transactions.csv.gz"], file_format="online_retail"),
        out=work / "checked",
        rules=load_rules(None),
        mask=lambda text: text,
        options=CleanOptions(),
    )
    encoder = Encoders.open(export_encoders(work / "encoders")).get(MINILM)
    report = value_dirt(
        tables,
        work / "checked",
        options=ValueOptions(seed=seed),
        encode=lambda: lambda titles: encoder.encode(list(titles)),
    )
    emit(data="online_retail", clean=report.metrics, n_visitors=report.n_visitors)
    for kind in report.kinds:
        costs = {m: cost.to_json() for m in ("ndcg", "money") if (cost := getattr(kind, m))}
        named = {"table": kind.table, "check": kind.check, "action": kind.action}
        why = {"why": kind.why} if kind.why else {}
        wrong = kind.misreported_minor
        emit(
            data="online_retail",
            **named,
            n_rows=kind.n_rows,
            **costs,
            **why,
            misreported_minor=wrong,
        )
    for row in report.rows[:20]:
        emit(data="online_retail", harmful=row.row_id, group_value=row.group_value, check=row.check)
