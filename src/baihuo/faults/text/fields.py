"""A fault in one text of a listing."""

from __future__ import annotations

import random
from collections.abc import Callable

from baihuo.faults.dataset import Dataset
from baihuo.faults.fault import Fault

_ALSO = {"repeated_words": ("keyword_stuffing",)}


def text_fault(
    check: str,
    field: str,
    spoil: Callable[[str, random.Random], str | None],
    when: Callable[[str], bool] = lambda text: True,
) -> Fault:
    """Damage in one text; ``spoil`` may decline with None."""

    def apply(dataset: Dataset, n: int) -> None:
        for row in dataset.pick(
            "products", n, lambda r: bool(r.get(field)) and dataset.is_clean(r) and when(r[field])
        ):
            spoiled = spoil(row[field], dataset.rng)
            if spoiled is not None and spoiled != row[field]:
                row[field] = spoiled
                dataset.label("products", row, check, also=_ALSO.get(check, ()), cells=(field,))

    return Fault(f"{check}: {field}", (check,), True, apply, needs=f"products with {field}")
