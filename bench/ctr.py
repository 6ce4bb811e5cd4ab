"""P(click) on a table of impressions: our networks beside LightGBM and logistic regression; JSON lines.

    python bench/ctr.py                                    # its own Criteo-shaped log, in the order of time
    python bench/ctr.py --data day_0.tsv --seed 1 2 3      # label, 13 integers, 26 codes between tabs, no header
    python bench/ctr.py --data log.csv --spec spec.yaml    # CSV, TSV (also .gz) or Parquet with a header

where spec.yaml says what the columns are:

{example}
All systems read the same two files, in processes of their own: train, of which the last tenth stops the training and chooses
settings, and test: the last part by time, by fold, or by the order of the file (``split`` in the last line says which).
``baihuo`` is what ``baihuo train --table`` makes without a setting; ``baihuo NAME`` that network. LightGBM tries four shapes, logistic regression
(values and bins of numbers hashed into 2^20 columns) five penalties; no chance is in it, so it is fitted once.

One line a system: means over the seeds of auc, log_loss (nats), ne (normalised entropy: log_loss over that of the test's own click rate)
and ece; cpu_s (reading, training, scoring), peak_mb, and ``by_seed``. ``vs``: ours less another, with a 95% interval of rows and seeds:
auc above zero and log_loss below zero is better. ``--set NAME=VALUE`` changes a setting of ours.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import yaml

from baihuo.core import BadInput, ShopError
from baihuo.models import DEEP_MODELS, kinds_named
from suites.ctr.log_parts import add_log_options, log_parts
from suites.ctr.measures import apart, measures
from suites.ctr.reading import Parts
from suites.ctr.spec import EXAMPLE
from suites.shared.measure import Clock, emit, peak_mb

OURS = "baihuo"
PEERS = ("lightgbm", "logistic_regression")
WITHOUT_CHANCE = PEERS[1]  # one fit is that of every seed


def main() -> int:
    arguments = _arguments()
    if arguments.one:
        _one(json.loads(arguments.one))
        return 0
    try:
        systems = _systems(arguments.systems)
        with tempfile.TemporaryDirectory(prefix="bench-ctr-", dir=arguments.folder) as name:
            _compare(arguments, systems, Path(name))
    except ShopError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    about = (__doc__ or "").replace(
        "{example}", "\n".join(f"    {x}" for x in EXAMPLE.splitlines())
    )
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_log_options(parser)
    known = ", ".join([OURS, *(f"'{OURS} {m}'" for m in DEEP_MODELS), *PEERS])
    parser.add_argument(
        "--systems",
        default=",".join([OURS, f"{OURS} dcn", f"{OURS} deepfm", *PEERS]),
        help=f"with commas, of {known}; several networks as '{OURS} deepfm+dcn'",
    )
    parser.add_argument("--set", action="append", default=[], help="NAME=VALUE, a setting of ours")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser.parse_args()


def _systems(text: str) -> list[str]:
    asked = [s.strip() for s in text.split(",")]
    for system in asked:
        ours = system.removeprefix(f"{OURS} ") if system.startswith(f"{OURS} ") else None
        try:
            if system not in (OURS, *PEERS):
                kinds_named(ours or system)
            is_known = ours is not None or system in (OURS, *PEERS)
        except ValueError:
            is_known = False
        if not is_known:
            known = [OURS, *(f"{OURS} {m}" for m in DEEP_MODELS), *PEERS]
            raise BadInput(f"there is no system {system!r}", fix=f"some of {', '.join(known)}")
    return asked


def _compare(arguments: argparse.Namespace, systems: list[str], folder: Path) -> None:
    parts = log_parts(arguments, folder)
    labels = pq.read_table(parts.test, columns=["label"])["label"].to_numpy().astype(np.float64)
    changed = {**_settings(arguments.set), "threads": arguments.threads}
    scores: dict[str, list[Any]] = {system: [] for system in systems}
    runs: dict[str, list[dict[str, Any]]] = {system: [] for system in systems}
    for seed in arguments.seed:
        for system in systems:
            if system == WITHOUT_CHANCE and runs[system]:
                scores[system].append(scores[system][0])
                runs[system].append(runs[system][0])
                continue
            asked = {"parts": parts.to_json(), "system": system, "seed": seed, "set": changed}
            turn = _in_child({**asked, "folder": str(folder)}, arguments.threads)
            found = np.load(folder / "scores.npy").astype(np.float64)
            scores[system].append(found)
            runs[system].append({**measures(found, labels), **turn})
            print(f"seed {seed}, {system}: {runs[system][-1]}", file=sys.stderr, flush=True)
    for system in systems:
        _report(system, runs, scores, labels)
    emit(
        data="its own" if arguments.data is None else arguments.data.name,
        train_rows=pq.ParquetFile(parts.train).metadata.num_rows,
        test_rows=len(labels),
        test_rate=float(labels.mean()),
        split=parts.split,
        numeric=len(parts.numeric),
        categorical=len(parts.categorical),
        seeds=arguments.seed,
    )


def _settings(pairs: list[str]) -> dict[str, Any]:
    """``--set``, checked.

    Raises:
        BadInput: no such setting, or a value that it does not allow.
    """
    from baihuo.cli.table_model import deep_settings
    from baihuo.models import DeepSettings

    deep_settings(DeepSettings(), pairs)
    split = (pair.partition("=") for pair in pairs)
    return {name: yaml.safe_load(value) for name, _, value in split}


def _in_child(asked: dict[str, Any], threads: int) -> dict[str, Any]:
    limits = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
    done = subprocess.run(
        [sys.executable, __file__, "--one", json.dumps(asked)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **limits, "OMP_WAIT_POLICY": "PASSIVE"},
    )
    if done.returncode:
        raise BadInput(f"{asked['system']} failed", fix="its error stands above")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _one(asked: dict[str, Any]) -> None:
    """One training, in a process of its own."""
    parts, folder = Parts.of_json(asked["parts"]), Path(asked["folder"])
    system, seed = asked["system"], asked["seed"]
    with Clock() as clock:
        if system in PEERS:
            from suites.ctr import peers

            run = (
                peers.lightgbm_probabilities if system == PEERS[0] else peers.logistic_probabilities
            )
            found, about = run(parts, seed=seed)
        else:
            from suites.ctr.ours import probabilities

            model = system.removeprefix(OURS).strip() or None
            found, about = probabilities(
                parts, seed=seed, folder=folder, model=model, changed=asked["set"]
            )
    np.save(folder / "scores.npy", found)
    emit(**about, cpu_s=clock.cpu_s, peak_mb=peak_mb())


def _report(
    system: str, runs: dict[str, list[dict[str, Any]]], scores: dict[str, list[Any]], labels: Any
) -> None:
    own = runs[system]
    line: dict[str, Any] = {"system": system}
    for name in ("auc", "log_loss", "ne", "ece", "cpu_s", "peak_mb"):
        line[name] = float(np.mean([r[name] for r in own]))
    if len(own) > 1:
        line["auc_sd"] = float(np.std([r["auc"] for r in own], ddof=1))
    line["by_seed"] = [
        {k: round(v, 5) if isinstance(v, float) else v for k, v in r.items()} for r in own
    ]
    if system not in PEERS:
        others = [p for p in PEERS if p in scores]
        line["vs"] = {other: apart(scores[system], scores[other], labels) for other in others}
    emit(**line)


if __name__ == "__main__":
    sys.exit(main())
