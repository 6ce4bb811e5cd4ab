"""Visitors who refuse that what they do is learned from."""

from __future__ import annotations

from baihuo.faults.dataset import Dataset
from baihuo.faults.fault import Fault


def _refused(dataset: Dataset, n: int) -> None:
    """One purpose, the other, or both; what a banner asks of the rest was agreed to."""
    for row in dataset.pick(
        "events", n, lambda r: r["event_type"] == "dwell" and dataset.is_clean(r)
    ):
        refused = dataset.rng.choice(
            (("analytics",), ("personalization",), ("analytics", "personalization"))
        )
        for purpose in ("analytics", "personalization"):
            row[f"consent_{purpose}"] = "denied" if purpose in refused else "granted"
        dataset.label("events", row, "no_consent", cells=())


FAULTS: tuple[Fault, ...] = (
    Fault("a visitor who refused", ("no_consent",), True, _refused, needs="dwells"),
)
