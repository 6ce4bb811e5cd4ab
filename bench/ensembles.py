"""What several networks on a table add to one, and what they cost; JSON lines.

    python bench/ensembles.py                                  # its own Criteo-shaped log, in the order of time
    python bench/ensembles.py --data day_0.tsv --seed 1 2 3    # files as bench/ctr.py reads them, also with --spec

``one``: a DeepFM. The others are ``--model``, ``--networks`` of each, put together as ``deep.together`` says: the mean, bagging, boosting,
stacking; ``served``: what serves of the mean by default, which may be one of them, fitted once more. All other settings are those that ``baihuo train --table`` chooses by the rows.

A line a form: means over the seeds of auc, log_loss (nats) and ece on the newest rows, train_cpu_s (reading and all trainings), score_cpu_ms
(200 encoded rows on one thread), mb (``model.onnx``). ``vs_one`` and ``vs_mean``: less those, with a 95% interval of rows and seeds.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from suites.ctr.log_parts import add_log_options, log_parts
from suites.ctr.measures import apart, measures
from suites.ctr.reading import Parts
from suites.shared.measure import Clock, emit

FORMS = ("one", "mean", "served", "bagging", "boosting", "stacking")


def main() -> None:
    arguments = _arguments()
    import_module("baihuo.train.tables.trainer")  # torch: no part of the first training
    with tempfile.TemporaryDirectory(prefix="bench-ensembles-", dir=arguments.folder) as name:
        folder = Path(name)
        parts = log_parts(arguments, folder)
        labels = pq.read_table(parts.test, columns=["label"])["label"].to_numpy().astype(float)
        scores: dict[str, list[NDArray[Any]]] = {form: [] for form in arguments.forms.split(",")}
        runs: dict[str, list[dict[str, float]]] = {form: [] for form in scores}
        for seed in arguments.seed:
            for form in scores:
                found, about = _one(form, parts, folder / "model", seed, arguments)
                scores[form].append(found)
                runs[form].append({**measures(found, labels), **about})
                print(f"seed {seed}, {form}: {runs[form][-1]}", file=sys.stderr, flush=True)
        for form, own in runs.items():
            line: dict[str, object] = {
                k: statistics.mean(r[k] for r in own) for k in own[0] if k != "shares"
            }
            for other in ("one", "mean"):
                if other in scores and other != form:
                    line[f"vs_{other}"] = apart(scores[form], scores[other], labels)
            emit(form=form, **line, shares=own[0].get("shares"))
        emit(
            data="its own" if arguments.data is None else arguments.data.name,
            train_rows=pq.ParquetFile(parts.train).metadata.num_rows,
            test_rows=len(labels),
            model=arguments.model,
            networks=arguments.networks,
            seeds=arguments.seed,
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_log_options(parser)
    parser.add_argument("--model", default="deepfm+dcn", help="of the several")
    parser.add_argument("--networks", type=int, default=2, help="of each")
    parser.add_argument("--forms", default=",".join(FORMS))
    return parser.parse_args()


def _one(
    form: str, parts: Parts, out: Path, seed: int, arguments: argparse.Namespace
) -> tuple[NDArray[Any], dict[str, Any]]:
    from baihuo.train import DeepSettings, TableModel, TableSpec, TableTraining, train_table
    from baihuo.train.tables.model_folder import serving_part

    together = "mean" if form == "served" else form
    several = {"model": arguments.model, "networks": arguments.networks, "together": together}
    chosen = {"model": "deepfm", "networks": 1} if form == "one" else several
    chosen |= {"serves": "fastest" if form == "served" else "whole"}
    settings = DeepSettings.model_validate({"seed": seed, "device": "cpu", **chosen})
    spec = TableSpec(label="label", categories=parts.categorical, numbers=parts.numeric)
    job = TableTraining(table=parts.train, out=out, spec=spec, settings=settings, restart=True)
    with Clock() as clock:
        report = train_table(job)
    model = TableModel(out)
    found = np.concatenate([scores for scores, _ in model.score_file(parts.test)])
    about: dict[str, Any] = {
        "train_cpu_s": clock.cpu_s,
        "score_cpu_ms": _score_ms(model),
        "mb": (serving_part(out) / "model.onnx").stat().st_size / 1e6,
        "passes": len(report["passes"]),
    }
    return found, about | ({"shares": report["shares"]} if "shares" in report else {})


def _score_ms(model: Any, n_rows: int = 200) -> float:
    """The median of a hundred requests of drawn values."""
    rng, columns = np.random.default_rng(0), model.columns
    limits = np.array(columns.sizes)[columns.slots]
    categories = rng.integers(0, limits, (n_rows, len(limits))).astype(np.int32)
    numbers = rng.normal(size=(n_rows, len(columns.numbers))).astype(np.float32)
    taken = []
    for _ in range(100):
        start = time.process_time_ns()
        model.score(categories, numbers)
        taken.append((time.process_time_ns() - start) / 1e6)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
