"""The model of visitors' tastes, as a part of a bundle."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from baihuo.bundle.folder import Bundle, Part
from baihuo.core import BadInput
from baihuo.models import TASTE_SHAPES, Tastes

_FILE = "tastes.json"


def open_tastes(bundle: Bundle) -> Tastes | None:
    """From a bundle; None where it was trained without click models, or the model did not help.

    Raises:
        BadInput: it is not what this version reads.
    """
    if _FILE not in bundle:
        return None
    stored = bundle.json(_FILE)
    try:
        arrays: dict[str, Any] = {name: np.array(stored[name], np.float64) for name in TASTE_SHAPES}
        shares: dict[str, Any] = {
            name: {str(category): float(of) for category, of in stored[name].items()}
            for name in ("searched_share", "carted_share")
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable(bundle) from error
    for name, shape in TASTE_SHAPES.items():
        if arrays[name].shape != shape or not (arrays[name] > 0).all():
            raise _unreadable(bundle)
    if not all(0 < of <= 1 for by_category in shares.values() for of in by_category.values()):
        raise _unreadable(bundle)
    return Tastes(**arrays, **shares)


def _unreadable(bundle: Bundle) -> BadInput:
    return BadInput(
        f"the tastes of bundle {bundle.bundle_id} are not what this version reads",
        fix="train again with this version: baihuo train",
    )


def taste_parts(tastes: Tastes) -> dict[str, Part]:
    """What :func:`open_tastes` reads, as parts of a bundle."""
    stored = {one.name: getattr(tastes, one.name) for one in fields(tastes)}
    return {
        _FILE: {
            name: of.tolist() if isinstance(of, np.ndarray) else dict(of)
            for name, of in stored.items()
        }
    }
