"""Settings that nobody gave, by the number of rows: a small file needs small vectors, penalties and passes, a large one none of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.core import BrokenFile
from baihuo.models import DEEP_DEFAULT, DeepSettings, settings_read

_BLOCK = 1 << 22
_SIZES: tuple[tuple[int, Mapping[str, Any]], ...] = (
    (
        20_000,
        {
            "embedding_size": 4,
            "layers": (64, 32),
            "batch_rows": 256,
            "dropout": 0.3,
            "l2": 1e-4,
            "min_count": 3,
            "number_bins": 24,
            "networks": 4,
        },
    ),
    (
        200_000,
        {
            "embedding_size": 8,
            "layers": (128, 64),
            "batch_rows": 1024,
            "dropout": 0.2,
            "l2": 1e-4,
            "min_count": 4,
            "number_bins": 40,
            "networks": 2,
        },
    ),
    (
        2_000_000,
        {
            "embedding_size": 16,
            "layers": (256, 128),
            "batch_rows": 4096,
            "dropout": 0.1,
            "l2": 1e-5,
            "min_count": 4,
            "number_bins": 48,
            "networks": 1,
        },
    ),
)
"""Fewer rows than that: these settings. Measured up to 224,000 rows (docs/decisions/0031); beyond, they follow from the smaller sizes."""
_BESIDE: Mapping[str, Any] = {"together": "stacking", "beside": ("regression", "boosted")}
_MOST_BESIDE = 2_000_000  # rows: with fewer of them networks are not alone
_FEW_ROWS, _FOLDS = (
    6_000,
    3,
)  # with fewer rows those that stop the training are too few to find shares
_LARGE: Mapping[str, Any] = {**_SIZES[-1][1], "dropout": 0.0, "l2": 1e-6, "number_bins": 64}
SHAPE = (
    *(
        "model",
        "layers",
        "networks",
        "together",
        "beside",
        "cross_layers",
        "embedding_size",
        "loss",
    ),
    *("attention_blocks", "attention_heads"),
)
"""What a training that continues takes from the one before."""


def suited(
    settings: DeepSettings,
    n_rows: int,
    *,
    like: Path | None = None,
    is_single: bool = False,
    with_members: bool = True,
) -> DeepSettings:
    """The settings with those that were not given chosen by the rows; as they are where ``by_rows`` is off.

    Args:
        n_rows: To train on.
        like: A trained folder to continue from: its network.
        is_single: Choose no several side by side.
        with_members: Choose members beside the networks.

    >>> small = suited(DeepSettings(dropout=0.5), 10_000)
    >>> small.embedding_size, small.dropout, small.by_rows
    (4, 0.5, False)
    """
    if not settings.by_rows:
        return settings
    chosen = next((c for below, c in _SIZES if n_rows < below), _LARGE)
    found = {"model": DEEP_DEFAULT, **_passes(n_rows), **chosen}
    given = settings.model_fields_set
    is_free = given.isdisjoint(("model", "together", "networks")) and settings.loss == "binary"
    if with_members and is_free and n_rows < _MOST_BESIDE:
        found |= {**_BESIDE, "folds": _FOLDS if n_rows < _FEW_ROWS else 0}
    if is_single:
        found |= {"model": DeepSettings().model, "networks": 1, "together": "mean", "beside": ()}
    if like is not None:
        old = json.loads((like / "settings.json").read_text(encoding="utf-8"))
        found |= {"beside": (), **{name: old[name] for name in SHAPE if name in old}}
    changed = {k: v for k, v in found.items() if k not in given}
    model = changed.get("model", settings.model)
    if "attention_heads" in settings_read(model) and "embedding_size" in changed:
        heads = changed.get("attention_heads", settings.attention_heads)
        changed["embedding_size"] = -(-changed["embedding_size"] // heads) * heads  # shared evenly
    return DeepSettings.model_validate({**settings.model_dump(), **changed, "by_rows": False})


def _passes(n_rows: int) -> dict[str, Any]:
    if n_rows < 200_000:
        return {"epochs": 20, "patience": 2, "learning_rate": 2e-3}
    return {"epochs": 5, "patience": 1, "learning_rate": 2e-3 if n_rows < 2_000_000 else 3e-3}


def count_rows(path: Path) -> int:
    """Rows of a Parquet file, lines of a CSV file: about as many.

    Raises:
        BrokenFile: it cannot be read.
    """
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return int(pq.ParquetFile(path).metadata.num_rows)
        n = 0
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                n += block.count(b"\n")
        return n
    except (OSError, pa.ArrowInvalid) as error:
        raise BrokenFile(
            f"{path} cannot be read: {error}", fix="name a .csv or .parquet file"
        ) from error
