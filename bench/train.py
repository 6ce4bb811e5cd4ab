"""Training of a DeepFM over a table of impressions, beside deepctr-torch, tuned; JSON lines.

``--data DIR`` holds train and test (and valid, which nobody reads here), as .csv or .parquet, with a ``label``; without it
rows with a known truth are made. Both systems get the same rows, batch, optimiser, sizes and number of threads, in
processes of their own, in turns (A B A B), one turn a seed; the other in an environment of its own, which pip fills.
Peak memory is that of the whole process. All else is CPU time (user + system), never time by the clock.

``speedup``: rows a CPU second of training, ours over theirs; ``csv_to_first_batch``: CPU time from the files (train and test)
to the first batch, ours (and its step) over theirs; ``memory_ratio``: peak memory, ours over theirs: medians of the turns. ``auc`` and ``peer_auc``: means,
``auc_interval``: 95% interval of the difference over the seeds (t).

    python bench/train.py                                    # its own million rows
    python bench/train.py --data DIR --modes 256-128
    python bench/train.py --rows 1e6,1e7,5e7 --systems baihuo    # linear in time, flat in memory
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from suites.shared.measure import emit

SYSTEMS = ("baihuo", "deepctr-torch")
MODES = ("256-128", "400-400-400")
_HERE = Path(__file__).resolve().parent
_T_95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365}


def main() -> None:
    arguments = _arguments()
    if arguments.one:
        from suites.train.ours import run

        run(json.loads(arguments.one))
        return
    systems = [s for s in SYSTEMS if s in arguments.systems.split(",")]
    with tempfile.TemporaryDirectory(prefix="bench-train-", dir=arguments.folder) as name:
        folder = Path(name)
        python = None
        if "deepctr-torch" in systems:
            from suites.train.peer_environment import peer_python

            python = peer_python(arguments.peer or folder / "peer")
        if arguments.data is not None:
            _compare(arguments.data.resolve(), systems, python, folder, arguments)
            return
        for n_rows in arguments.rows:
            from suites.train.generator import make

            data = folder / f"{n_rows}"
            # sizes are compared in one format, and fifty million rows of CSV are 13 GB
            kind = "csv" if len(arguments.rows) == 1 and n_rows <= 5_000_000 else "parquet"
            make(data, n_rows=n_rows, seed=arguments.seed, kind=kind)
            _compare(data, systems, python, folder, arguments)
            for file in data.iterdir():
                file.unlink()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="a folder with train and test")
    parser.add_argument("--rows", type=_sizes, default="1e6", help="of its own data, with commas")
    parser.add_argument("--modes", default=",".join(MODES), help="sizes of layers, with commas")
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    parser.add_argument("--seeds", type=int, default=3, help="turns of A B")
    parser.add_argument("--seed", type=int, default=11, help="of its own data")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--learning-rate", type=float, default=5e-3, help="ours")
    parser.add_argument("--peer-learning-rate", type=float, default=3e-3, help="theirs")
    parser.add_argument("--peer", type=Path, help="keep their environment here")
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser.parse_args()


def _sizes(text: str) -> list[int]:
    return [int(float(one)) for one in text.split(",")]


def _compare(
    data: Path,
    systems: list[str],
    python: str | None,
    folder: Path,
    arguments: argparse.Namespace,
) -> None:
    train, test = (_file(data, name) for name in ("train", "test"))
    categories, numbers = _kinds(train)
    for mode in arguments.modes.split(","):
        asked = {
            "train": str(train),
            "test": str(test),
            "categories": categories,
            "numbers": numbers,
            "layers": [int(n) for n in mode.split("-")],
            "embedding_size": 16,
            "batch_rows": 4096,
            "threads": arguments.threads,
            "folder": str(folder),
        }
        turns: dict[str, list[dict[str, float]]] = {system: [] for system in systems}
        for seed in range(1, arguments.seeds + 1):
            for system in systems:
                ours = system == "baihuo"
                rate = arguments.learning_rate if ours else arguments.peer_learning_rate
                text = json.dumps({**asked, "seed": seed, "learning_rate": rate})
                script = [sys.executable, __file__, "--one"]
                if not ours:
                    script = [str(python), str(_HERE / "suites/train/peer_deepctr.py")]
                turn = _in_child([*script, text], arguments.threads)
                print(f"{mode}, seed {seed}, {system}: {turn}", file=sys.stderr, flush=True)
                turns[system].append(turn)
        _report(mode, turns)


def _file(data: Path, name: str) -> Path:
    for kind in ("csv", "parquet"):
        if (path := data / f"{name}.{kind}").exists():
            return path
    raise SystemExit(f"there is no {name}.csv and no {name}.parquet in {data}")


def _kinds(train: Path) -> tuple[list[str], list[str]]:
    """Categories and numbers, found once and given to both."""
    from baihuo.models import DeepSettings
    from baihuo.train.tables.columns import TableSpec
    from baihuo.train.tables.stage import table_columns

    columns = table_columns(train, TableSpec(label="label"), DeepSettings())
    return [c.name for c in columns.categories], [n.name for n in columns.numbers]


def _in_child(command: list[str], threads: int) -> dict[str, float]:
    limits = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
    limits["OMP_WAIT_POLICY"] = (
        "PASSIVE"  # threads that wait by spinning take the cores of the others
    )
    done = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_HERE,
        env={**os.environ, **limits},
    )
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _report(mode: str, turns: dict[str, list[dict[str, float]]]) -> None:
    for system, runs in turns.items():
        found = {k: statistics.median(r[k] for r in runs) for k in runs[0]}
        found["rows_per_cpu_s"] = round(found["rows"] / found["train_cpu_s"])
        emit(system=system, mode=mode, **found)
    if len(turns) < 2:
        return
    ours, theirs = turns["baihuo"], turns["deepctr-torch"]

    def ratio(name: str, *, over: bool) -> float:
        pairs = [(a[name], b[name]) for a, b in zip(ours, theirs, strict=True)]
        return statistics.median(b / a if over else a / b for a, b in pairs)

    gains = [a["auc"] - b["auc"] for a, b in zip(ours, theirs, strict=True)]
    interval = {}
    if len(gains) > 1:
        half = _T_95.get(len(gains), 2.0) * statistics.stdev(gains) / len(gains) ** 0.5
        middle = statistics.mean(gains)
        interval = {"auc_interval": [round(middle - half, 5), round(middle + half, 5)]}
    emit(
        system="baihuo",
        mode=mode,
        speedup=ratio("train_cpu_s", over=True),
        auc=statistics.mean(r["auc"] for r in ours),
        peer_auc=statistics.mean(r["auc"] for r in theirs),
        **interval,
        memory_ratio=ratio("peak_mb", over=False),
        csv_to_first_batch=ratio("first_batch_cpu_s", over=False),
        seeds=len(ours),
    )


if __name__ == "__main__":
    main()
