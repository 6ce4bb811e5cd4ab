"""200 candidates from raw rows to scores on one thread, beside deepctr-torch's ``predict``; JSON lines.

``--data`` is a folder with train and test, or one file, whose last tenth is then the test (.csv or .parquet); without it
rows with a known truth are made. Both systems train a DeepFM of the same sizes on the same rows, in processes of their
own (the other in an environment of its own, which pip fills). Ours then serves what it serves by default: the trained
network, or the smallest made of it that loses at most 0.001 of AUC and 0.1% of log-loss on the newest tenth of the training
rows (``form`` says which); ``baihuo, whole`` is the trained network itself. Then they answer the same requests in turns (A B C A B C): 200
neighbouring test rows each, parsed from JSON just before, as a server has them: words to be looked up, numbers to be
scaled. Times are CPU time of the process.

``speedup``: their CPU time from raw values to scores over ours, the median of the turns (their values are encoded by
dictionaries and numpy, not by pandas), from columns, which is what ``predict`` takes; ``speedup_of_rows``: from a mapping a
row; ``speedup_to_predict``: their ``predict`` alone, rows already encoded, over ours from raw columns. ``max_difference``: of our scores, served and whole, to those of torch with the same weights: over 1e-4 is an error. ``auc`` and
``peer_auc``: on all test rows, means of the seeds.

    python bench/rank.py                                       # its own rows
    python bench/rank.py --data DIR --modes 256-128
    python bench/rank.py --data impressions.csv --label click --seed 5
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from suites.shared.measure import emit

SYSTEMS = ("baihuo", "baihuo, whole", "deepctr-torch")
MODES = ("256-128", "400-400-400")
_HERE = Path(__file__).resolve().parent
_LARGEST = 1e-4  # difference of a probability


def main() -> None:
    arguments = _arguments()
    if arguments.one:
        from suites.rank.ours import run

        run(json.loads(arguments.one))
        return
    from suites.rank.requests import request_file, table_files
    from suites.train.peer_environment import peer_python

    with tempfile.TemporaryDirectory(prefix="bench-rank-", dir=arguments.folder) as name:
        folder = Path(name)
        python = peer_python(arguments.peer or folder / "peer")
        asked = table_files(arguments, folder)
        asked |= {"requests": str(request_file(asked, folder, n_rows=arguments.candidates))}
        asked |= {"embedding_size": 16, "batch_rows": 1024}
        for mode in arguments.modes.split(","):
            _compare(mode, asked, python, folder, arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="a folder with train and test, or one file")
    parser.add_argument("--label", default="label", help="the column to predict")
    parser.add_argument("--rows", type=float, default=1e5, help="of its own data")
    parser.add_argument(
        "--seed", type=int, default=11, help="of its own data, and of the first turn"
    )
    parser.add_argument("--seeds", type=int, default=3, help="trainings of both")
    parser.add_argument("--turns", type=int, default=8, help="of A B, for each seed")
    parser.add_argument("--requests", type=int, default=25, help="in a turn")
    parser.add_argument("--candidates", type=int, default=200, help="rows of a request")
    parser.add_argument("--modes", default=",".join(MODES), help="sizes of layers, with commas")
    parser.add_argument("--learning-rate", type=float, default=5e-3, help="ours")
    parser.add_argument("--peer-learning-rate", type=float, default=3e-3, help="theirs")
    parser.add_argument("--peer", type=Path, help="keep their environment here")
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser.parse_args()


def _compare(
    mode: str, asked: dict[str, Any], python: str, folder: Path, arguments: argparse.Namespace
) -> None:
    turns: dict[str, list[dict[str, Any]]] = {system: [] for system in SYSTEMS}
    worth: dict[str, list[dict[str, Any]]] = {system: [] for system in SYSTEMS}
    scripts = {
        "baihuo": [sys.executable, __file__, "--one"],
        "baihuo, whole": [sys.executable, __file__, "--one"],
        "deepctr-torch": [python, str(_HERE / "suites/rank/peer_deepctr.py")],
    }
    for seed in range(arguments.seed, arguments.seed + arguments.seeds):
        with ExitStack() as stack, tempfile.TemporaryDirectory(dir=folder) as work:
            children = {}
            for system in SYSTEMS:
                is_peer, is_whole = system == "deepctr-torch", system == "baihuo, whole"
                rate = arguments.peer_learning_rate if is_peer else arguments.learning_rate
                layers = [int(n) for n in mode.split("-")]
                of_turn = {"layers": layers, "seed": seed, "learning_rate": rate, "folder": work}
                of_turn |= {"whole": is_whole}
                command = [*scripts[system], json.dumps({**asked, **of_turn})]
                children[system] = stack.enter_context(_child(command))
                worth[system].append(_answer(children[system]))
                print(f"{mode}, seed {seed}, {system}: {worth[system][-1]}", file=sys.stderr)
            for turn in range(-1, arguments.turns):
                for system, child in children.items():
                    found = _answer(child, arguments.requests)
                    if turn >= 0:  # the first is to warm up
                        turns[system].append(found)
    _report(mode, turns, worth, arguments.candidates)


@contextmanager
def _child(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    limits = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_HERE,
        env={**os.environ, **limits},
    )
    try:
        yield child
    finally:
        if child.stdin is not None:
            child.stdin.close()
        child.wait(timeout=60)


def _answer(child: subprocess.Popen[str], n_requests: int | None = None) -> dict[str, Any]:
    assert child.stdin is not None
    assert child.stdout is not None
    if n_requests is not None:
        child.stdin.write(f"{n_requests}\n")
        child.stdin.flush()
    for line in child.stdout:
        if line.startswith("{"):  # whatever else a library prints
            found: dict[str, Any] = json.loads(line)
            return found
    raise SystemExit("a system ended; its reason stands above")


def _report(
    mode: str,
    turns: dict[str, list[dict[str, Any]]],
    worth: dict[str, list[dict[str, Any]]],
    n_rows: int,
) -> None:
    for system in SYSTEMS:
        times = {k: statistics.median(t[k] for t in turns[system]) for k in turns[system][0]}
        known = {k: statistics.mean(w[k] for w in worth[system]) for k in ("auc", "log_loss")}
        emit(system=system, mode=mode, candidates=n_rows, **times, **known)
    for system in SYSTEMS[:2]:
        _beside_the_other(system, mode, turns, worth)


def _beside_the_other(
    system: str,
    mode: str,
    turns: dict[str, list[dict[str, Any]]],
    worth: dict[str, list[dict[str, Any]]],
) -> None:
    ours, theirs = turns[system], turns["deepctr-torch"]

    def over(theirs_of: str, ours_of: str) -> list[float]:
        return sorted(b[theirs_of] / a[ours_of] for a, b in zip(ours, theirs, strict=True))

    raw, differences = over("cpu_ms", "cpu_ms"), [w["max_difference"] for w in worth[system]]
    lost = [a["auc"] - b["auc"] for a, b in zip(worth["baihuo, whole"], worth[system], strict=True)]
    emit(
        system=system,
        mode=mode,
        form=", ".join(sorted({w["form"] for w in worth[system]})),
        speedup=statistics.median(raw),
        speedup_quartiles=[round(q, 2) for q in statistics.quantiles(raw, n=4)[::2]],
        speedup_of_rows=statistics.median(over("of_rows_cpu_ms", "of_rows_cpu_ms")),
        speedup_to_predict=statistics.median(over("predict_cpu_ms", "cpu_ms")),
        auc=statistics.mean(w["auc"] for w in worth[system]),
        auc_lost=statistics.mean(lost),
        peer_auc=statistics.mean(w["auc"] for w in worth["deepctr-torch"]),
        max_difference=f"{max(differences):.1e}",
        seeds=len(worth[system]),
    )
    if max(differences) > _LARGEST:
        raise SystemExit(f"{mode}: scores differ from those of torch by {max(differences):.2g}")


if __name__ == "__main__":
    main()
