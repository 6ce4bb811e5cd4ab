"""The order of first pages, as a part of a bundle."""

from __future__ import annotations

import io

import numpy as np

from baihuo.bundle.folder import Bundle, Part
from baihuo.core import BadInput
from baihuo.models import NewcomerOrder

_TABLE, _REST = "sources/newcomers.npz", "sources/newcomers.json"


def open_newcomers(bundle: Bundle) -> NewcomerOrder | None:
    """From a bundle; None where it was trained without impressions.

    Raises:
        BadInput: the table does not fit its products.
    """
    if _TABLE not in bundle:
        return None
    stored = bundle.json(_REST)
    appeal = bundle.arrays(_TABLE)["appeal"].astype(np.float32)
    ids = np.array(stored["product_ids"], dtype=object)
    if appeal.shape != ids.shape or not (np.isfinite(appeal) & (appeal > 0)).all():
        raise BadInput(
            f"the order of first pages of bundle {bundle.bundle_id} does not fit its {len(ids)} products",
            fix="train again with this version: baihuo train",
        )
    return NewcomerOrder(
        product_ids=ids,
        appeal=appeal,
        declared_log_lift=float(stored["declared_log_lift"]),
        declared_weight=float(stored["declared_weight"]),
        segment_weight=float(stored["segment_weight"]),
        segments=stored["segments"],
    )


def newcomer_parts(order: NewcomerOrder) -> dict[str, Part]:
    """What :func:`open_newcomers` reads, as parts of a bundle."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, appeal=order.appeal)
    rest = {
        "product_ids": order.product_ids.tolist(),
        "declared_log_lift": order.declared_log_lift,
        "declared_weight": order.declared_weight,
        "segment_weight": order.segment_weight,
        "segments": {d: dict(values) for d, values in order.segments.items()},
    }
    return {_TABLE: buffer.getvalue(), _REST: rest}
