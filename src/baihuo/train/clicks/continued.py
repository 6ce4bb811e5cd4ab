"""What an update trains on: rows that the bundle's training had not seen, in the columns that its models read."""

from __future__ import annotations

from dataclasses import replace

from baihuo.bundle import CLICKS_FOLDER, Bundle, ClickModels
from baihuo.core import BadInput, Unsupported
from baihuo.train.clicks.data import ClickData


def new_since_us(data: ClickData, bundle: Bundle, models: ClickModels) -> int:
    """From when on rows are new to the models of a bundle.

    Raises:
        Unsupported: the data has other columns than the models read.
        BadInput: nothing is new, or too little.
    """
    if data.columns != models.columns:
        raise Unsupported(
            "this version makes other columns than the bundle's models read",
            fix="train from nothing: baihuo train",
        )
    split = bundle.json(f"{CLICKS_FOLDER}/report.json")["split"]
    since_us = int(split["validation_from_us"])
    if data.split.until_us <= int(split["until_us"]):
        raise BadInput(
            f"nothing is new since bundle {bundle.bundle_id} was trained",
            fix="wait for pages to be seen and clicked",
        )
    if not data.rows.take(data.part("train", since_us=since_us)).clicks.any():
        raise BadInput("everything new is needed to validate and test", fix="wait for more clicks")
    return since_us


def with_columns(data: ClickData, wanted: tuple[str, ...]) -> ClickData:
    """Only the columns that a bundle's models read, where all of them are there."""
    if data.columns == wanted or not set(wanted) <= set(data.columns):
        return data
    matrix = data.rows.matrix[:, [data.columns.index(c) for c in wanted]]
    return replace(data, columns=wanted, rows=replace(data.rows, matrix=matrix))
