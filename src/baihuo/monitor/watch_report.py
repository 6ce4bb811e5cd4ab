"""The report of a watch run and the record of rollbacks: small files that status and servers read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from baihuo.engine import written_whole

ROLLBACKS = "rollbacks.jsonl"
"""In ``5-bundles``: one line for each automatic rollback, oldest first; append-only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The bands and the confidence: section ``monitor`` of ``shop.yaml``, which has the defaults."""

    most_calibration_ratio: float
    lowest_ctr_ratio: float
    lowest_coverage_ratio: float
    min_impressions: int
    false_alarms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One measure of the live bundle with its band, and an interval valid over repeated watches."""

    name: str  # calibration, ctr, coverage of products, coverage of categories
    surface: str  # or "all"
    n: int  # impressions
    value: float  # ratio to the prediction, or to before
    low: float
    high: float
    lowest: float
    highest: float | None  # None: no limit above
    words: str  # of the ratio

    @property
    def is_outside(self) -> bool:
        """Whether the whole interval is outside the band."""
        return self.high < self.lowest or (self.highest is not None and self.low > self.highest)

    @property
    def why(self) -> str:
        """Say in a sentence why it is outside."""
        band = f"at least {self.lowest:g}"
        if self.highest is not None:
            band += f" and at most {self.highest:g}"
        where = "" if self.surface == "all" else f" on {self.surface}"
        return (
            f"{self.name}{where} is {self.value:.2f} [{self.low:.2f}, {self.high:.2f}] {self.words}, "
            f"over {self.n:,} impressions; the band is {band}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchReport:
    """One watch run."""

    at_us: int
    bundle_id: str
    since_us: int  # when the bundle went live
    n_impressions: int
    watched: tuple[Watched, ...] = ()
    not_watched: str = ""  # why nothing was
    action: str = "none"  # none, rolled back, alert
    rolled_back_to: str | None = None
    why_no_rollback: str = ""  # for an alert

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return why the bundle is outside its bands; empty if inside."""
        return tuple(one.why for one in self.watched if one.is_outside)

    def to_json(self) -> dict[str, Any]:
        """As written, and as printed with ``--json``."""
        return {**asdict(self), "reasons": list(self.reasons)}

    def write(self, path: Path) -> None:
        """Write the report atomically."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as part:
            part.write_text(json.dumps(self.to_json(), indent=1) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """An automatic rollback."""

    at_us: int
    bundle_id: str  # what was live
    to_bundle_id: str  # what serves instead
    reasons: tuple[str, ...]
    watched: tuple[Mapping[str, Any], ...] = field(
        default_factory=tuple
    )  # all measures of that watch


def append_rollback(bundles: Path, rollback: Rollback) -> None:
    """Add a line to the record."""
    line = json.dumps(asdict(rollback), ensure_ascii=False) + "\n"
    with (bundles / ROLLBACKS).open("a", encoding="utf-8") as file:
        file.write(line)


def rollbacks(bundles: Path) -> list[Rollback]:
    """Return all rollbacks, oldest first, without a line that was cut off."""
    try:
        lines = (bundles / ROLLBACKS).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            stored = json.loads(line)
            found.append(
                Rollback(
                    at_us=int(stored["at_us"]),
                    bundle_id=str(stored["bundle_id"]),
                    to_bundle_id=str(stored["to_bundle_id"]),
                    reasons=tuple(stored["reasons"]),
                    watched=tuple(stored.get("watched", ())),
                )
            )
        except (ValueError, KeyError, TypeError):
            continue
    return found


def read_watch(path: Path) -> WatchReport | None:
    """Return the last report; None if missing or of another version."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        stored.pop("reasons")
        watched = tuple(Watched(**one) for one in stored.pop("watched"))
        return WatchReport(**stored, watched=watched)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
