"""The transforms of a bundle, as training left them."""

from __future__ import annotations

from baihuo.bundle.folder import Bundle
from baihuo.features import Transforms


def open_transforms(bundle: Bundle) -> Transforms | None:
    """The transforms of a bundle; None where it was trained without."""
    if "transforms.json" not in bundle:
        return None
    return Transforms.from_parts(bundle.json("transforms.json"), bundle.arrays("transforms.npz"))
