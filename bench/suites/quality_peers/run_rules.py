"""One tool and its rules over the rows of a folder; runs in the tools' own environment.

python run_rules.py great_expectations FOLDER
"""

import csv
import importlib
import re
import sys
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent
DUPLICATES = ("rensa", "datasketch", "splink")  # which look for copies of listings alone


def main() -> None:
    tool, folder = sys.argv[1], Path(sys.argv[2])
    sys.path.insert(0, str(HERE))
    connection = duckdb.connect()
    for table in ("events", "products"):
        path = folder / f"raw_{table}.parquet"
        connection.execute(f"CREATE VIEW raw_{table} AS SELECT * FROM '{path}'")
    connection.execute((HERE / "rules" / "views.sql").read_text(encoding="utf-8"))
    rules = importlib.import_module(f"rules.{tool}_rules")
    with (folder / f"{tool}.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        for table in ("products",) if tool in DUPLICATES else ("events", "products"):
            rows = connection
            if tool == "pointblank":
                rows = connection.sql(f"FROM {table}").arrow()
            elif tool != "soda":
                rows = connection.sql(f"FROM {table}").df()
            out.writerows((table, line, rule) for line, rule in sorted(rules.found(table, rows)))
    status = Path(
        "/proc/self/status"
    ).read_text()  # getrusage would answer the parent's peak, if that is higher
    (folder / f"{tool}.peak_kb").write_text(re.findall(r"VmHWM:\s+(\d+)", status)[0])


if __name__ == "__main__":
    main()
