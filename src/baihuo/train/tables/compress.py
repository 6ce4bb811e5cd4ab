"""``baihuo compress``: smaller forms of a trained folder, each measured, and the smallest that is good enough."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from baihuo.core import BadInput, Progress, no_progress
from baihuo.models import ROW_KINDS
from baihuo.train.tables.columns import Columns
from baihuo.train.tables.forms import all_forms, is_within
from baihuo.train.tables.model_folder import check_folder, move_in
from baihuo.train.tables.prepare import prepare_more
from baihuo.train.tables.rows_on_disk import RowsOnDisk

if TYPE_CHECKING:
    from baihuo.models import Weights

_HELD_BACK = 0.1  # of the rows, the last ones, where there is no validation file


@dataclass(frozen=True, slots=True, kw_only=True)
class Compression:
    """What to make smaller, on which rows, and how much may be lost."""

    model: Path  # a folder of ``baihuo train --table``
    table: Path  # rows with labels: the first refine smaller networks, the last measure
    out: Path
    validation: Path | None = None  # None: the last tenth of the table
    max_loss: float = (
        0.002  # of AUC (nDCG with a loss of groups), and as a share of log-loss or RMSE
    )


def compress_table(job: Compression, *, progress: Progress = no_progress) -> dict[str, Any]:
    """Make and measure all forms, and write the folder ``job.out`` with the smallest; the report.

    Raises:
        NotFound: no trained folder is there.
        BadInput: the table has no label, or cannot be read; ``out`` is the trained folder itself.
    """
    from baihuo.train.tables.build_weights import folder_weights

    check_folder(job.model)
    columns = Columns.read(job.model / "columns.json")
    if columns.texts:
        raise BadInput(f"{job.model} reads texts: there is no smaller form", fix="use it as it is")
    if job.out.resolve() == job.model.resolve():
        raise BadInput("the smaller model would replace the trained one", fix="name another --out")
    is_new = not job.out.exists()
    job.out.mkdir(parents=True, exist_ok=True)
    try:
        with TemporaryDirectory(prefix="rows-", dir=job.out) as name:
            rows, measuring = _rows(job, Path(name), progress)
            weights = folder_weights(job.model, rows.columns)
            kinds = ROW_KINDS if weights.tables else ROW_KINDS[:1]
            made = list(all_forms(weights, rows, measuring, kinds, progress))
    except BaseException:
        if is_new:
            with suppress(OSError):  # somebody else wrote there
                job.out.rmdir()
        raise
    whole = made[0][0]
    good = [m for m in made if is_within(m[0].measures, whole.measures, job.max_loss)]
    chosen, onnx, by = min(good, key=lambda m: m[0].bytes)
    report = {
        "max_loss": job.max_loss,
        "rows": rows.n_rows,
        "measured_rows": measuring.n_rows,
        "forms": [asdict(form) | {"is_chosen": form is chosen} for form, _, _ in made],
    }
    _write(job, onnx, by, report)
    return report


def _rows(job: Compression, work: Path, progress: Progress) -> tuple[RowsOnDisk, RowsOnDisk]:
    prepare_more(job.table, job.model, work / "rows", progress=progress)
    rows = RowsOnDisk(work / "rows")
    if job.validation is None:
        return rows.split(_HELD_BACK)
    prepare_more(job.validation, job.model, work / "validation", progress=progress)
    return rows, RowsOnDisk(work / "validation")


def _write(job: Compression, onnx: bytes, weights: Weights, report: dict[str, Any]) -> None:
    """A trained folder like any other; ``report.json`` keeps the report of the training, and has this beside it."""
    from baihuo.train.tables.beside.stored import write_beside
    from baihuo.train.tables.stored_tensors import write_tensors

    new = job.out / "new"
    new.mkdir(exist_ok=True)
    (new / "model.onnx").write_bytes(onnx)
    write_tensors(new / "weights.safetensors", weights.tensors())
    write_beside(new, weights.beside)
    for name in ("columns.json", "values.parquet"):
        shutil.copyfile(job.model / name, new / name)
    settings = weights.settings.model_dump_json(indent=1)
    (new / "settings.json").write_text(settings, encoding="utf-8")
    trained = json.loads((job.model / "report.json").read_text("utf-8"))
    text = json.dumps({**trained, "compression": report}, indent=1)
    (new / "report.json").write_text(text, encoding="utf-8")
    move_in(new, job.out)
    new.rmdir()
