"""`clean` over files alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pyarrow.parquet as pq
import pytest
from tests.quality.chosen import only

from baihuo.core import BadInput, BrokenFile
from baihuo.engine import DuckTables
from baihuo.quality import InputFiles, QualityReport, QualityRules, check_files, report_schema

AT_US = 1_750_000_000_000_000
FEW = only("schema", "orphans")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    log, catalogue = tmp_path / "log.csv", tmp_path / "catalogue.jsonl"
    lines = [f"e{i},click,v{i},2025-06-01T12:{i:02}:00Z,p1" for i in range(10)]
    lines.append("e10,click,,2025-06-01T13:00:00Z,p1")
    lines.append("e11,click,v1,2025-06-01T13:00:00Z,gone")
    log.write_text("\n".join(["event_id,event_type,visitor_id,time,product_id", *lines]) + "\n")
    catalogue.write_text('{"product_id": "p1", "title": "One"}\n')
    return log, catalogue


def checked(files: tuple[Path, Path], out: Path, rules: QualityRules = FEW) -> QualityReport:
    log, catalogue = files
    return check_files(
        DuckTables(threads=1),
        InputFiles(events=[log], products=[catalogue]),
        out=out,
        rules=rules,
        mask=lambda column: column,
        now_us=AT_US + 10**12,
    ).report


def test_files_are_checked_and_nothing_but_results_is_left(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    report = checked(files, out)
    assert (report.table("events").n_in, report.table("events").n_quarantined) == (11, 1)
    refused = pq.read_table(out / "refused.parquet").to_pylist()
    assert [(r["reason"], r["file"]) for r in refused] == [("no_visitor", "log.csv")]
    imports = json.loads((out / "imports.json").read_text())
    assert [(r["n_in"], r["n_kept"]) for r in imports] == [(1, 1), (12, 11)]
    assert {p.name for p in out.iterdir() if p.is_dir()} == {"events"}
    assert (out / "report.html").exists()
    first = {p.name: p.read_bytes() for p in out.rglob("*.parquet")}
    checked(files, out)  # over its own results
    assert {p.name: p.read_bytes() for p in out.rglob("*.parquet")} == first


def test_the_report_keeps_to_its_published_schema(files: tuple[Path, Path], tmp_path: Path) -> None:
    checked(files, tmp_path / "out", QualityRules())
    body = json.loads((tmp_path / "out" / "report.json").read_text())
    jsonschema.validate(body, report_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({k: v for k, v in body.items() if k != "verdict"}, report_schema())


def test_a_broken_file_leaves_the_old_result_alone(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    checked(files, out)
    before = {p.name: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    files[0].write_bytes(b"PAR1 and no more")
    with pytest.raises(BrokenFile):
        checked(files, out)
    assert {p.name: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before
    with pytest.raises(BadInput, match="no file"):
        check_files(
            DuckTables(threads=1),
            InputFiles(),
            out=out,
            rules=QualityRules(),
            mask=lambda column: column,
        )


def test_a_real_shop_straight_from_its_file(
    shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    """One file holds the sales and the products; every line of both is accounted for."""
    file = shared_data("online_retail") / "transactions.csv.gz"
    done = check_files(
        DuckTables(threads=2),
        InputFiles(products=[file]),
        out=tmp_path,
        rules=QualityRules(),
        mask=lambda column: column,
    )
    [record] = done.records
    products = done.report.table("products")
    assert record.n_in == record.n_kept + record.n_quarantined == 4_406
    assert products.n_in == record.n_kept == 4_029
    assert products.n_kept + products.n_quarantined + products.n_merged == products.n_in
    assert done.report.stops == []  # a catalogue alone is not too few events
