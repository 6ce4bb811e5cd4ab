"""What the checks find in a real data set, and the verdicts of a person on a sample of it.

    python bench/real_dirt.py --data ../shared/data/icecat --format icecat
    python bench/real_dirt.py --data … --format icecat --look wrong_category      # the sample to look at

One JSON line a file imported, a reason why the import refused rows, a table, a check, a question asked of the
findings, and a reason why a check could not run. A check's examples are drawn by a hash of check and row, so they are neither the first nor the prettiest.
The first ``SAMPLE`` in that order are what ``bench/real_dirt_looked.json`` has verdicts on, given by reading the finding
beside its source row; ``precision`` counts "right" among right and wrong, with a 95% Wilson interval. A verdict on a
row that is no longer found counts for nothing.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from baihuo.connect import data_files, imports, segments
from baihuo.core import ShopPaths
from baihuo.engine import DuckTables
from baihuo.privacy import column_mask
from suites.real_dirt.questions import QUESTIONS
from suites.real_dirt.results import emit_findings, emit_imports
from suites.real_dirt.sampling import sample, show
from suites.shared.measure import emit
from suites.shared.shop import import_and_clean

VERDICTS = Path(__file__).parent / "real_dirt_looked.json"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="a folder of the data set")
    parser.add_argument("--format", required=True, choices=("icecat", "online_retail"))
    parser.add_argument(
        "--look", nargs="*", help="print the samples of these checks (none: all) to look at"
    )
    arguments = parser.parse_args()
    tables = DuckTables(threads=2)
    with tempfile.TemporaryDirectory(prefix="real-dirt-") as name:
        paths = ShopPaths(Path(name))
        report = import_and_clean(
            paths,
            data_files([arguments.data]),
            tables=tables,
            mask=column_mask(b"bench"),
            format=arguments.format,
        )
        raw, records = paths.raw, imports(paths.raw)
        found = sample(tables, raw, paths.clean, {r.import_id: r.files[0] for r in records})
        if arguments.look is not None:
            show(found, set(arguments.look))
            return
        emit_imports(records, raw)
        emit_findings(
            report, found, json.loads(VERDICTS.read_text(encoding="utf-8"))[arguments.format]
        )
        main_table = segments(raw, "events") or segments(raw, "products")
        for words, sql in QUESTIONS[arguments.format].items():
            (share,) = tables.sql(
                f"SELECT ({sql}) AS share",
                findings=paths.clean / "findings.parquet",
                raw=main_table,
            )["share"].to_pylist()
            emit(part="asked", words=words, share=share)


if __name__ == "__main__":
    main()
