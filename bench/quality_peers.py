"""The tools of the field beside ours, on the same rows with the same planted dirt.

    python bench/quality_peers.py --seed 7
    python bench/quality_peers.py --seed 7 --data ../shared/data/online_retail --only-data

great-expectations, soda, pandera and pointblank run the rules that a careful engineer writes in an hour: the same 50 in
the language of each (``suites/quality_peers/rules``). rensa, datasketch and splink look for copies of listings and
are asked for nothing else. Ours runs as it is, without a line of configuration. Each is a process of its
own, with one thread where it lets one choose; the tools live in an environment of their own (``--environment``, made on the first run).

A row counts as found where a tool flags it for whatever reason, which is generous to all. ``kinds_found``: kinds
of dirt of whose rows 95% were flagged. ``recall``: mean over kinds. ``precision``: flagged rows with dirt in
them, of those flagged and not flagged before there was any. ``clean_flagged``: share of the rows flagged before; of
the simulated shop every one is wrong.

The dirt is what ``baihuo exam`` puts into a shop's own rows: of each check a kind by its authors and one by others who did not know it. Read our
recall with that in mind, and the exam of ``baihuo exam --independent`` beside it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from baihuo.dirt import Shop
from baihuo.exam import clean_shop, drawn_kinds, plant_all, real_shop
from suites.quality_peers.plant import Truth, truth_of, write_tables
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
    sizes = {"events": given.events, "products": given.products}
    if not given.only_data:
        compare("simulated", clean_shop(given.seed, **sizes), tools, python, given.seed)
    for path in given.data:
        shop = real_shop(path, given.seed, **sizes)
        compare(path.resolve().name, shop, tools, python, given.seed)


def compare(name: str, shop: Shop, tools: list[str], python: Path, seed: int) -> None:
    """Every tool over the rows as they are, then over those with dirt; a line a tool."""
    kinds = drawn_kinds(shop, seed)
    (copy,) = plant_all(shop, seed, kinds, most=1)
    with tempfile.TemporaryDirectory(prefix="baihuo-bench-") as folder:

        def run(what: str, rows: Shop) -> dict[str, Run]:
            path, done = Path(folder) / what, {}
            keys, now_us = write_tables(rows, path)
            for tool in tools:
                print(f"{name}, {what}: {tool}", file=sys.stderr)
                done[tool] = run_tool(tool, path, keys, python=python, now_us=now_us)
            return done

        before, after = run("clean", shop), run("dirty", copy.shop)
    readable = frozenset(row.key for row in (*copy.shop.events, *copy.shop.products) if not row.raw)
    truth = truth_of(copy, {kind.name: kind.checks for kind in kinds}, readable)
    n_rows = len(shop.events) + len(shop.products)
    for tool in tools:
        flagged = before[tool].flagged
        found = marks(after[tool].flagged, flagged, truth, kinds=_asked(tool, truth))
        emit(
            data=name,
            system=tool,
            kinds=len(found.recalls),
            kinds_found=found.n_found,
            recall=found.recall,
            precision=found.precision,
            clean_flagged=len(flagged) / n_rows,
            rows=len(copy.shop.events) + len(copy.shop.products),
            cpu_s=after[tool].cpu_s,
            peak_mb=after[tool].peak_mb,
            config_lines=config_lines(tool),
        )


def _asked(tool: str, truth: Truth) -> frozenset[str]:
    """Kinds of a tool that looks for copies alone are those whose checks do."""
    return frozenset(k for k in truth.kinds if tool not in OF_COPIES or COPIES & truth.checks[k])


if __name__ == "__main__":
    main()
