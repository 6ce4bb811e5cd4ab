"""Faults in one cell: rows of ``cells.yaml``, changed by the mutators of :mod:`baihuo.dirt`."""

from __future__ import annotations

import re
from importlib import resources
from typing import Any

import yaml

from baihuo.dirt import FlatRow, Unfit, make
from baihuo.faults.dataset import DEPENDENT_CHECKS, Dataset, Fault, Row, Table

_FILE: dict[str, Any] = yaml.safe_load(
    (resources.files("baihuo.faults") / "cells.yaml").read_text(encoding="utf-8")
)


def personal_texts() -> dict[str, Any]:
    """Changes that make personal data as people type it, by name."""
    return dict(_FILE["personal"])


def made(dataset: Dataset, change: Any, row: Row, value: Any = None) -> Any:
    """What a change makes of a value of a row."""
    return make(
        FlatRow({"new_id": dataset.new_id("gone")} | row, dataset.rng, _FILE["values"]),
        change,
        value,
    )


def cell_faults(area: str) -> tuple[Fault, ...]:
    """The faults of an area of the file; those of ``several`` go into rows that have another fault already."""
    return tuple(
        _fault(row, is_second=area == "several", is_text=area == "text") for row in _FILE[area]
    )


def _fault(spec: dict[str, Any], *, is_second: bool, is_text: bool) -> Fault:
    check, field, also = spec["check"], spec["field"], tuple(spec.get("also", "").split())
    table: Table = "products" if is_text else spec.get("table", "events")
    types = spec.get("types")
    is_filled = not types and (is_text or "filled" in spec)
    needs = f"events of type {' or '.join(types)}" if types else table
    if is_filled:
        needs = f"{'products' if is_text else 'rows'} with {field}"
    matches = re.compile(spec.get("matches", ""))

    def fits(dataset: Dataset, row: Row) -> bool:
        value = row.get(field)
        if (types and row["event_type"] not in types) or not matches.search(str(value)):
            return False
        if is_filled and value in (None, "", []):
            return False
        used = dataset.cells.get(id(row), set())
        return bool(used) and not used & {"*", field} if is_second else dataset.is_clean(row)

    def apply(dataset: Dataset, n: int) -> None:
        rows = [r for r in getattr(dataset, table) if fits(dataset, r)]
        for row in dataset.some(rows, -(-n // 6) if is_second else n):
            try:
                value = made(dataset, spec["change"], row, row.get(field))
            except Unfit:
                continue
            if is_text and value == row[field]:
                continue
            if not is_second and row.get("event_type") == "purchase":
                _excuse_cancels(dataset, row)
            row[field] = value
            dataset.label(row, check, also=also, cells=(field,))

    name = f"{check} as well: {field}" if is_second else f"{check}: {field}"
    needs += " that have another fault already" if is_second else ""
    return Fault(name, (check,), True, apply, needs=needs, is_second=is_second)


def _excuse_cancels(dataset: Dataset, purchase: Row) -> None:
    """Without the purchase, its cancellation has nothing to cancel, and a review of its order no order."""
    who, order = (purchase["visitor_id"], purchase["product_id"]), purchase.get("order_id")
    for row in dataset.events:
        if row["event_type"] == "cancel" and (row["visitor_id"], row["product_id"]) == who:
            dataset.excuse(row, *DEPENDENT_CHECKS, "row_against_order")
        elif order and row["order_id"] == order:
            dataset.excuse(row, "row_against_order")
