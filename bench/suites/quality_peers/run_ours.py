"""All checks of baihuo over the rows of a folder, in a process of its own like every other tool.

python run_ours.py FOLDER PICTURES NOW_US
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

import pyarrow.parquet as pq

from baihuo import quality
from baihuo.engine import DuckTables


def main() -> None:
    folder, pictures, now_us = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    out = folder / "baihuo"
    rules = quality.QualityRules()
    quality.clean(
        DuckTables(spill_dir=folder / "spill"),
        events=[folder / "raw_events.parquet"],
        products=[folder / "raw_products.parquet"],
        out=out,
        rules=rules.model_copy(update={"alerts": type(rules.alerts)()}),
        now_us=now_us,
        options=quality.CleanOptions(pictures=pictures),
    )
    with (folder / "baihuo.csv").open("w", encoding="utf-8", newline="") as file:
        found = pq.read_table(out / "findings.parquet", columns=["table", "row_id", "check"])
        csv.writer(file).writerows(
            (f["table"], line, f["check"])
            for f in found.to_pylist()
            if (line := f["row_id"].rpartition(":")[2]).isdigit()
        )
    status = Path(
        "/proc/self/status"
    ).read_text()  # getrusage would answer the parent's peak, if that is higher
    (folder / "baihuo.peak_kb").write_text(re.findall(r"VmHWM:\s+(\d+)", status)[0])


if __name__ == "__main__":
    main()
