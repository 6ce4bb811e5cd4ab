"""The tools of the field beside ours, on the same rows with the same planted dirt.

    python bench/quality_peers.py --seed 7
    python bench/quality_peers.py --seed 7 --data ../shared/data/online_retail --only-data

great-expectations, soda, pandera and pointblank run the rules that a careful engineer writes in an hour: the same 50 in
the language of each (``suites/quality_peers/rules``). rensa, datasketch and splink look for copies of listings and
are asked for nothing else. Ours runs as it is, without a line of configuration. Each is a process of its
own, with one thread where it lets one choose; the tools live in an environment of their own (``--environment``, made on the first run).

A row counts as found where a tool flags it for whatever reason, which is generous to all. ``kinds_found``: kinds
of dirt of whose rows 95% were flagged. ``recall``: mean over kinds. ``precision``: flagged rows with dirt in
them, of those flagged. ``clean_flagged``: share of the rows flagged before any dirt was planted; of
the simulated shop every one is wrong, of real files the rows that our own checks touch were taken out first,
so there ``clean_flagged`` is our zero by making and only says what the others do.

The dirt is that of ``baihuo.faults``, written by the authors of our checks: read our recall with that in mind, and
the exam of ``baihuo exam --independent`` beside it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from baihuo.engine import DuckTables
from baihuo.exam import Workspace
from baihuo.faults import Fault, all_faults
from baihuo.simulate import make_shop
from suites.quality.ground import ground, remove_found, remove_torn
from suites.quality_peers.plant import Truth, plant, truth_of
from suites.quality_peers.score import COPIES, marks
from suites.quality_peers.tools import OF_COPIES, TOOLS, Run, config_lines, python_of, run_tool
from suites.shared.measure import emit


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ask.add_argument("--seed", type=int, default=7)
    ask.add_argument("--events", type=int, default=120_000, help="at most of a real log, too")
    ask.add_argument("--products", type=int, default=4_000)
    ask.add_argument("--each", type=int, default=60, help="rows that each fault goes into")
    ask.add_argument("--data", type=Path, action="append", default=[], help="real files, too")
    ask.add_argument("--only-data", action="store_true", help="leave the simulated shop out")
    ask.add_argument("--tools", default=",".join(TOOLS), help=f"of {', '.join(TOOLS)}")
    ask.add_argument(
        "--environment",
        type=Path,
        default=Path(__file__).resolve().parent / "out" / "quality_peers",
        help="where the tools are installed",
    )
    given = ask.parse_args()
    tools = [tool for tool in TOOLS if tool in given.tools.split(",")]
    python = python_of(given.environment) if tools != ["baihuo"] else Path(sys.executable)
    with tempfile.TemporaryDirectory(prefix="baihuo-bench-") as folder:
        work = Path(folder)
        shop = make_shop(
            work / "shop",
            seed=given.seed,
            dirt=0,
            n_products=200 if given.only_data else given.products,
            n_events=500 if given.only_data else given.events,
        )
        files = [] if given.only_data else [("simulated", [shop.products, shop.events])]
        files += [(path.resolve().name, [path]) for path in given.data]
        for name, paths in files:
            tables = DuckTables(spill_dir=work / f"{name}_spill")
            rows = ground(
                paths, work / name, tables, pictures=shop.pictures.parent, n_events=given.events
            )
            clean_rows(rows, is_real=name != "simulated")
            compare(name, rows, tools, python, given)


def clean_rows(rows: Workspace, *, is_real: bool) -> None:
    """Rows as clean as they can be had; written as the folder ``clean``."""
    if is_real:
        remove_found(rows, rows.run_checks("before").findings)
    else:
        remove_torn(rows)
    rows.run_checks("clean")


def compare(
    name: str, rows: Workspace, tools: list[str], python: Path, given: argparse.Namespace
) -> None:
    """Every tool over the clean rows, then over those with dirt; a line a tool."""
    n_clean = rows.n_rows()
    options = rows.options
    pictures, now_us = options.pictures or rows.folder, options.now_us

    def run(folder: str) -> dict[str, Run]:
        done = {}
        for tool in tools:
            print(f"{name}, {folder}: {tool}", file=sys.stderr)
            path = rows.folder / folder
            done[tool] = run_tool(tool, path, python=python, pictures=pictures, now_us=now_us)
        return done

    before = run("clean")
    faults: list[Fault] = all_faults(None)
    dataset = plant(rows, faults, each=given.each, seed=given.seed)
    rows.run_checks("dirty")  # gives the rows their lines, and writes them
    truth = truth_of(dataset, rows)
    after = run("dirty")
    found = {tool: marks(after[tool].flagged, truth, kinds=_asked(tool, truth)) for tool in tools}
    for tool in tools:
        emit(
            data=name,
            system=tool,
            kinds=len(found[tool].recalls),
            kinds_found=found[tool].n_found,
            recall=found[tool].recall,
            precision=found[tool].precision,
            clean_flagged=len(before[tool].flagged) / n_clean,
            rows=rows.n_rows(),
            cpu_s=after[tool].cpu_s,
            peak_mb=after[tool].peak_mb,
            config_lines=config_lines(tool),
        )


def _asked(tool: str, truth: Truth) -> frozenset[str]:
    return COPIES & truth.kinds.keys() if tool in OF_COPIES else frozenset(truth.kinds)


if __name__ == "__main__":
    main()
