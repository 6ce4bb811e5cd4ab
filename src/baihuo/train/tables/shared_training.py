"""A training by several processes of this machine: the setting ``processes``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import baihuo.core
from baihuo.core import Progress, ShopError
from baihuo.train.tables.columns import TableSpec
from baihuo.train.tables.settings import DeepSettings
from baihuo.train.tables.start_processes import ProcessKilled, run_processes
from baihuo.train.tables.table_training import TableTraining

_COMMAND = (sys.executable, "-m", "baihuo.train.tables.one_process")
_PATHS = ("table", "out", "validation", "start")


def train_together(job: TableTraining, progress: Progress) -> dict[str, Any]:
    """As :func:`~baihuo.train.tables.stage.train_table`, by ``job.settings.processes`` new processes.

    Raises:
        ShopError: what the first one raised; or one was killed.
    """
    found: dict[str, Any] = {}

    def see(line: str) -> None:
        try:
            message = json.loads(line)
        except ValueError:  # whatever else a library prints
            return
        if "progress" in message:
            progress(*message["progress"])
        else:
            found.update(message)

    try:
        run_processes(_COMMAND, job.settings.processes, _request(job), see)
    except ProcessKilled:
        raise
    except ShopError as error:
        if "error" not in found:
            raise
        about = found["error"]
        kind = getattr(baihuo.core, about["kind"], ShopError)
        raise kind(about["what"], fix=about["fix"]) from error
    report: dict[str, Any] = found["report"]
    return report


def _request(job: TableTraining) -> dict[str, Any]:
    paths = {name: getattr(job, name) for name in _PATHS}
    return {
        **{name: path and str(path.absolute()) for name, path in paths.items()},
        "spec": job.spec.model_dump(mode="json"),
        "settings": job.settings.model_dump(mode="json", exclude_unset=True),
        "restart": job.restart,
    }


def job_of(request: Mapping[str, Any]) -> TableTraining:
    """The training that a parent asked for."""
    paths = {name: request[name] and Path(request[name]) for name in _PATHS}
    return TableTraining(
        **paths,
        spec=TableSpec.model_validate(request["spec"]),
        settings=DeepSettings.model_validate(request["settings"]),
        restart=request["restart"],
    )
