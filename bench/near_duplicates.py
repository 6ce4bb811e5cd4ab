"""Listings of one product under several ids, found among a million: time, memory, recall and precision.

    python bench/near_duplicates.py                                       # 100,000 and 1,000,000 simulated
    python bench/near_duplicates.py --data ../shared/data/icecat          # half of them of real titles

Each line is a process of its own. ``step`` runs what ``quality`` runs for the check; ``clean`` the whole run of checks
over products alone. A pair counts as found where it is merged into one listing or noted as likely. Recall of
``candidates`` is against exact Jaccard similarity of sampled titles with all others; libraries get the same
sets of words, and only have to propose pairs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from suites.near_duplicates.catalogue import make
from suites.near_duplicates.libraries import LIBRARIES, measure_library
from suites.near_duplicates.product import measure_clean, measure_step
from suites.shared.measure import emit


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", default="100000,1000000", help="sizes, with commas")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="files with real titles")
    parser.add_argument("--memory-mb", type=int, default=2048, help="what tables may take")
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    parser.add_argument("--slowest", type=int, default=100_000, help="most titles for datasketch")
    parser.add_argument("--only", help="of step, clean, rensa, datasketch; with commas")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        _run_one(arguments.one, arguments)
        return
    for n in (int(float(size)) for size in arguments.n.split(",")):
        with tempfile.TemporaryDirectory(prefix="near-", dir=arguments.folder) as name:
            _child("make", Path(name), arguments, n)
            for what in (
                arguments.only.split(",") if arguments.only else ("step", "clean", *LIBRARIES)
            ):
                if what == "datasketch" and n > arguments.slowest:
                    emit(system=what, n=n, not_run=f"limited to {arguments.slowest:,} titles")
                    continue
                print(f"{n:,} listings: {what}", file=sys.stderr)
                _child(what, Path(name), arguments, n)


def _child(what: str, folder: Path, arguments: argparse.Namespace, n: int) -> None:
    command = [sys.executable, __file__, "--one", what, "--folder", str(folder), "--n", str(n)]
    command += ["--seed", str(arguments.seed), "--memory-mb", str(arguments.memory_mb)]
    if arguments.data:
        command += ["--data", *map(str, arguments.data)]
    subprocess.run(command, check=True)


def _run_one(what: str, arguments: argparse.Namespace) -> None:
    folder, n, memory_mb = arguments.folder, int(arguments.n), arguments.memory_mb
    if what == "make":
        make(folder, n=n, seed=arguments.seed, data=arguments.data)
    elif what == "step":
        measure_step(folder, memory_mb=memory_mb)
    elif what == "clean":
        measure_clean(folder, memory_mb=memory_mb)
    else:
        measure_library(what, folder, n=n, memory_mb=memory_mb)


if __name__ == "__main__":
    main()
