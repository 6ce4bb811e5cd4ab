"""A training shared by processes, beside one alone: the same rows, pass and batch, in turns; what it costs and what travels."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

from suites.shared.measure import Clock, emit, peak_mb


def compare(data: Path, kinds: tuple[list[str], list[str]], arguments: Namespace) -> None:
    """Prepare the rows once, then train with 1 and with ``arguments.processes``; one line each, and the ratios."""
    from baihuo.train.tables.columns import TableSpec
    from baihuo.train.tables.prepare import prepare, prepare_more
    from baihuo.train.tables.settings import DeepSettings
    from baihuo.train.tables.stage import table_columns

    categories, numbers = kinds
    spec = TableSpec(label="label", categories=tuple(categories), numbers=tuple(numbers))
    train, test = (next(data.glob(f"{name}.*")) for name in ("train", "test"))
    with tempfile.TemporaryDirectory(prefix="rows-", dir=arguments.folder) as name:
        folder = Path(name)
        prepare(train, table_columns(train, spec, DeepSettings()), folder / "train", is_binary=True)
        prepare_more(test, folder / "train", folder / "test")
        for mode in arguments.modes.split(","):
            settings = {
                "model": "deepfm",
                "layers": [int(n) for n in mode.split("-")],
                "learning_rate": arguments.learning_rate,
                "threads": arguments.threads,
                "device": "cpu",
            }
            runs: dict[int, list[dict[str, float]]] = {1: [], arguments.processes: []}
            for seed in range(1, arguments.seeds + 1):
                for n, found in runs.items():
                    request = {"folder": str(folder), "settings": {**settings, "seed": seed}}
                    found.append(_one(n, request))
                    print(f"{mode}, seed {seed}, {n}: {found[-1]}", file=sys.stderr, flush=True)
            _report(mode, runs)


def _one(n: int, request: dict[str, Any]) -> dict[str, float]:
    """Wall time of the slowest, CPU time of all, memory of each."""
    from baihuo.train.tables.shared_training import run_processes

    request["out"] = tempfile.mkdtemp(dir=request["folder"])
    run_processes(_train, n, request, hear=lambda message: None)
    found = [json.loads(path.read_text()) for path in sorted(Path(request["out"]).glob("*.json"))]
    assert len(found) == n
    return {
        "rows": found[0]["rows"],
        "wall_s": max(f["wall_s"] for f in found),
        "cpu_s": sum(f["cpu_s"] for f in found),
        "cpu_s_of_one": max(f["cpu_s"] for f in found),
        "table_mb_of_one": max(f["table_mb"] for f in found),
        "peak_mb_of_one": max(f["peak_mb"] for f in found),
        "mb_sent_a_step": statistics.mean(f["mb_sent"] for f in found) / found[0]["steps"],
        "auc": found[0]["auc"],
    }


def _train(place: tuple[int, int, Path], send: object, request: dict[str, Any]) -> None:
    """One of the processes: train, and write what it took."""
    from baihuo.evaluate import auc
    from baihuo.train.tables.build_weights import new_weights
    from baihuo.train.tables.outputs import outputs_of
    from baihuo.train.tables.processes import Group, joined
    from baihuo.train.tables.rows_on_disk import RowsOnDisk
    from baihuo.train.tables.settings import DeepSettings
    from baihuo.train.tables.trainer import Trainer

    rows, test = (RowsOnDisk(Path(request["folder"]) / name) for name in ("train", "test"))
    settings = DeepSettings(**request["settings"])
    with joined(place if place[1] > 1 else None) as group:
        sent = _Sent(group)
        at = time.perf_counter()
        with Clock() as clock:
            trained = Trainer(rows, settings, group=group).fit()
        about = {"rows": rows.n_rows, "steps": trained.n_steps, "cpu_s": clock.cpu_s}
        about |= {"wall_s": time.perf_counter() - at, "mb_sent": sent.n_bytes / 1e6}
        about["peak_mb"] = peak_mb()
        shares = new_weights(rows.columns, settings, group).tensors(with_moments=True)
        held = (t.nbytes for name, t in shares.items() if name.startswith("table."))
        about["table_mb"] = sum(held) / 1e6
        if group.is_first:
            group_of_one = trained.weights
            assert type(group_of_one.group) is Group
            labels = test.mapped().labels
            assert labels is not None
            about["auc"] = auc(outputs_of(group_of_one, test), labels)
        (Path(request["out"]) / f"{group.rank}.json").write_text(json.dumps(about))


class _Sent:
    """Counts what a process gives to others: rows of tables and slopes of the network."""

    n_bytes = 0

    def __init__(self, group: Any) -> None:
        self._exchange, self._add_up, self._group = group.exchange, group.add_up, group
        if group.n > 1:
            group.exchange, group.add_up = self.exchange, self.add_up

    def exchange(self, rows: Any, sent: Any, came: Any = None) -> Any:
        """Rows for others."""
        own = sent[self._group.rank]
        self.n_bytes += rows[:1].nbytes * (sum(sent) - own)
        return self._exchange(rows, sent, came)

    def add_up(self, tensor: Any) -> Any:
        """Both directions of a ring."""
        n = self._group.n
        self.n_bytes += 2 * tensor.nbytes * (n - 1) // n
        return self._add_up(tensor)


def _report(mode: str, runs: dict[int, list[dict[str, float]]]) -> None:
    for n, found in runs.items():
        middle = {k: statistics.median(f[k] for f in found) for k in found[0]}
        emit(system="baihuo", mode=mode, processes=n, **middle)
    (_, alone), (n, together) = runs.items()

    def ratio(over: str, under: str) -> float:
        return statistics.median(a[over] / b[under] for a, b in zip(alone, together, strict=True))

    gains = [b["auc"] - a["auc"] for a, b in zip(alone, together, strict=True)]
    emit(
        system="baihuo",
        mode=mode,
        processes_vs_one=n,
        speedup_wall=ratio("wall_s", "wall_s"),
        speedup_by_cpu_of_one=ratio("cpu_s", "cpu_s_of_one"),
        cpu_of_all_ratio=1 / ratio("cpu_s", "cpu_s"),
        auc_gain=statistics.mean(gains),
        auc_gain_largest=max(gains, key=abs),
        seeds=len(gains),
    )
