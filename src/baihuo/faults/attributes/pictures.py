"""Pictures that are lost, or stand in for others."""

from __future__ import annotations

import re

from baihuo.faults.dataset import Dataset
from baihuo.faults.fault import Fault


def _lose_picture(dataset: Dataset, n: int) -> None:
    """A path to a file that is not there (any more)."""
    for row in dataset.pick("products", n, lambda r: dataset.is_clean(r) and bool(r.get("images"))):
        if re.match(r"[a-z]+:", row["images"][0]):
            continue
        path = row["images"][0]
        lost = (path + ".bak", path.upper(), path.replace("/", "/old/", 1), path[:-4], "../" + path)
        row["images"] = [dataset.rng.choice(lost), *row["images"][1:]]
        dataset.label("products", row, "broken_picture", cells=("images",))


def _share_picture(dataset: Dataset, n: int) -> None:
    """One picture stands in for several products that have none of their own."""
    pictures = sorted(
        {r["images"][0] for r in dataset.products if r.get("images") and dataset.is_clean(r)}
    )
    groups = max(1, n // 12)
    for _ in range(groups if pictures else 0):
        picture = dataset.rng.choice(pictures)
        owners = [r for r in dataset.products if picture in (r.get("images") or ())]
        theirs = {r.get("category") for r in owners}
        fitting = [
            r
            for r in dataset.products
            if dataset.is_clean(r) and r.get("images") and r.get("category") not in theirs
        ]
        rows = dataset.rng.sample(fitting, min(12, len(fitting)))
        if len({r.get("category") for r in rows}) < 3 or len({r.get("brand") for r in rows}) < 3:
            continue
        for row in rows:
            row["images"] = [picture]
            dataset.label("products", row, "shared_picture")
        for row in owners:
            dataset.excuse("products", row, "shared_picture")
            dataset.reserve(row)


FAULTS: tuple[Fault, ...] = (
    Fault(
        "a picture lost",
        ("broken_picture",),
        True,
        _lose_picture,
        needs="products with a picture that is a file",
    ),
    Fault(
        "a placeholder picture",
        ("shared_picture",),
        True,
        _share_picture,
        needs="products with pictures, of several categories and brands",
    ),
)
