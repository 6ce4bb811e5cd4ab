"""The fitted transforms of a bundle."""

from __future__ import annotations

from baihuo.bundle.folder import Bundle
from baihuo.features import Transforms


def open_transforms(bundle: Bundle) -> Transforms | None:
    """Open a bundle's transforms, if any."""
    if "transforms.json" not in bundle:
        return None
    return Transforms.from_parts(bundle.json("transforms.json"), bundle.arrays("transforms.npz"))
