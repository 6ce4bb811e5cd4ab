"""Write the figures of the READMEs and the tables of docs/ from ``bench/results``.

python bench/tables.py           # rewrite these pages
python bench/tables.py --check   # fail if they differ from the results; say which results are older than the code they measure
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from record import script
from suites.tables.age import old_tables
from suites.tables.figures import figures
from suites.tables.markdown import every_column
from suites.tables.registry import TABLES, WITHOUT_SOURCE

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
PAGES = (
    "README.md",
    "README.zh-CN.md",
    "docs/assist.md",
    "docs/assist_understand.md",
    "docs/assist_words.md",
    "docs/benchmarks.md",
    "docs/exam.md",
    "docs/promise.md",
    "docs/quality.md",
    "docs/real_dirt.md",
    "docs/traffic.md",
    "docs/value.md",
)


def _drawn(name: str, part: str | None) -> str:
    if name == "figures":
        return figures(RESULTS, part)
    file = RESULTS / f"{name}.jsonl"
    if not file.exists():
        return f"_Not measured yet: `python bench/record.py {name}`._"
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
    meta, rows = lines[0]["meta"], lines[1:]
    where = f"`bench/{script(name)}.py`, commit {meta['commit']}, {meta['at']}, {meta['machine']}"
    drawn = TABLES.get(f"{name} {part}" if part else name, every_column)(rows)
    return drawn if part in WITHOUT_SOURCE else f"{drawn}\n\n<sub>{where}</sub>"


def render(text: str) -> str:
    """The page with every ``<!-- bench: NAME -->`` or ``<!-- bench: NAME PART -->`` block drawn again."""
    return re.sub(
        r"(<!-- bench: (\w+)(?: (\w+))? -->\n).*?(<!-- /bench -->)",
        lambda m: f"{m[1]}{_drawn(m[2], m[3])}\n{m[4]}",
        text,
        flags=re.DOTALL,
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = []
    for page in (ROOT / name for name in PAGES):
        text = page.read_text(encoding="utf-8")
        drawn = render(text)
        if drawn != text:
            stale.append(page.name)
            if not check:
                page.write_text(drawn, encoding="utf-8")
    if check and stale:
        print(f"stale tables in {', '.join(stale)}; run: make readme", file=sys.stderr)
    if check:
        old = old_tables(ROOT, script)
        for table in old:
            print(f"older than its code: {table.words}", file=sys.stderr)
        if old:
            print(
                "record them again with the last change of a series: bench/record.py NAME",
                file=sys.stderr,
            )
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
