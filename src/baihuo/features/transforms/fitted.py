"""Fitted transforms of a features file, applied by the same function in training and serving."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.core import BadInput
from baihuo.features.spec.file import (
    CrossSpec,
    FeaturesFile,
    FeatureSpec,
    ScaleSpec,
    ScalingMethod,
    SpaceSpec,
    TargetSpec,
)
from baihuo.features.transforms.spaces import (
    CandidateComparison,
    Vectors,
    read_vectors,
    space_columns,
)

Floats: TypeAlias = NDArray[np.float32]

FORMAT = 1

CrossKeys: TypeAlias = NDArray[np.uint64]
"""``[rows]``: a name as 64 bits. Equal names have equal keys on every machine and in every version; two of a million names collide with
probability 1 in 40 million."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformInputs:
    """Inputs of transforms for one request's candidates."""

    n: int
    keys: Mapping[str, CrossKeys] = field(default_factory=dict)  # by grouping, [n]
    comparisons: Mapping[str, CandidateComparison] = field(default_factory=dict)  # by spec


def smoothing(spec: TargetSpec) -> Smoothing:
    """The smoothing of a target statistic."""
    return Smoothing(strength=spec.strength, steepness=spec.steepness)


Doubles: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoothing:
    """How far a mean of ``n`` rows is trusted over the prior.

    With ``strength`` m: weight ``n / (n + m)``. With ``steepness`` too: the sigmoid
    ``1 / (1 + exp((strength - n) / steepness))``, half at ``strength`` rows.

    Source: Micci-Barreca (2001), equations 3, 4 and 7.
    """

    strength: float
    steepness: float | None = None

    def smoothed(self, n: Doubles, total: Doubles, prior: Doubles | float) -> Doubles:
        """Return the mean shrunk to ``prior``; the prior without rows."""
        if self.steepness is None:
            weight = n / (n + self.strength)
        else:
            weight = 1.0 / (1.0 + np.exp(np.minimum((self.strength - n) / self.steepness, 700.0)))
        weight = np.where(n > 0, weight, 0.0)
        mean = total / np.maximum(n, 1.0)
        return np.asarray(weight * mean + (1.0 - weight) * prior)


@dataclass(frozen=True, slots=True, eq=False)
class TargetTable:
    """Serving's lookup table: rows and labels by key, over the training window."""

    keys: CrossKeys  # sorted, each once
    n: Doubles
    total: Doubles
    prior: float
    smoothing: Smoothing

    @classmethod
    def fit(
        cls, keys: CrossKeys, labels: NDArray[Any], smoothing: Smoothing, *, start: float
    ) -> TargetTable:
        """Fit to rows with known labels.

        Args:
            keys: ``[rows]``.
            labels: ``[rows]``, 0 or 1 (any number works).
            start: The prior without any row; counts as ``strength`` rows.
        """
        distinct, position = np.unique(keys, return_inverse=True)
        n = np.bincount(position, minlength=len(distinct)).astype(np.float64)
        total = np.bincount(position, labels, minlength=len(distinct)).astype(np.float64)
        return cls(
            distinct, n, total, _prior(len(keys), float(total.sum()), smoothing, start), smoothing
        )

    def apply(self, keys: CrossKeys) -> Floats:
        """Return ``[rows]``; the prior for unknown keys."""
        if not len(self.keys):
            return np.full(len(keys), self.prior, np.float32)
        position = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        is_known = self.keys[position] == keys
        n, total = (
            np.where(is_known, self.n[position], 0.0),
            np.where(is_known, self.total[position], 0.0),
        )
        return self.smoothing.smoothed(n, total, self.prior).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """One column's fitted scaling. Missing stays missing; a column without values is unchanged.

    ``points``: ``standard`` has mean and deviation; ``min_max`` the least and the largest;
    ``quantile_*`` the values at equal shares, 0 to 1; ``log`` nothing.
    """

    method: ScalingMethod
    points: NDArray[np.float64]

    @classmethod
    def fit(cls, values: NDArray[Any], method: ScalingMethod, *, n_quantiles: int = 256) -> Scaling:
        """Fit to ``[rows]``; NaN is missing."""
        known = np.asarray(values, np.float64)
        known = known[~np.isnan(known)]
        if not len(known) or method == "log":
            return cls(method, np.zeros(0))
        if method == "standard":
            return cls(method, np.array([known.mean(), known.std() or 1.0]))
        if method == "min_max":
            return cls(method, np.array([known.min(), known.max()]))
        shares = np.linspace(0, 1, min(n_quantiles, len(known)))
        return cls(method, np.maximum.accumulate(np.quantile(known, shares)))

    def apply(self, values: NDArray[Any]) -> Floats:
        """``[rows]`` to ``[rows]``. ``standard`` is open, ``min_max`` and ``quantile_uniform`` are 0 to 1
        (values never seen in training too), ``log`` is ``sign(x) log(1 + |x|)``."""
        x = np.asarray(values, np.float64)
        if self.method == "log":
            return (np.sign(x) * np.log1p(np.abs(x))).astype(np.float32)
        if not len(self.points):
            return x.astype(np.float32)
        if self.method == "standard":
            return ((x - self.points[0]) / self.points[1]).astype(np.float32)
        if self.method == "min_max":
            low, high = self.points
            return np.clip((x - low) / ((high - low) or 1.0), 0, 1).astype(np.float32)
        shares = self._shares(x)
        if self.method == "quantile_normal":
            from scipy.special import ndtri  # loaded only when used: 0.2 s

            shares = ndtri(np.clip(shares, _EDGE, 1 - _EDGE))
        return np.asarray(shares, np.float32)

    def _shares(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of training values below each; ties get the middle."""
        at = np.linspace(0, 1, len(self.points)) if len(self.points) > 1 else np.array([0.5])
        # Equal quantiles make the inverse ambiguous: from below and from above, halfway.
        from_below = np.interp(x, self.points, at)
        from_above = -np.interp(-x, -self.points[::-1], -at[::-1])
        shares = np.where(np.isnan(x), np.nan, (from_below + from_above) / 2)
        if len(self.points) > 1:
            shares = np.where(x <= self.points[0], 0.0, shares)
            shares = np.where(x >= self.points[-1], 1.0, shares)
        return np.asarray(shares)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON stored in a bundle."""
        return {"method": self.method, "points": self.points.tolist()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Scaling:
        """The inverse of :meth:`to_json`."""
        return cls(stored["method"], np.asarray(stored["points"], np.float64))


@dataclass(frozen=True, eq=False)
class Transforms:
    """The fitted specs of a features file. Columns are those of the specs that read a request, in file order, then those of ``scale``
    specs, which may read any column before them.
    """

    file: FeaturesFile
    tables: Mapping[str, TargetTable] = field(default_factory=dict)
    spaces: Mapping[str, Vectors] = field(default_factory=dict)
    scalings: Mapping[str, tuple[Scaling, ...]] = field(default_factory=dict)

    @cached_property
    def request_specs(self) -> tuple[FeatureSpec, ...]:
        """Specs that read a request."""
        return tuple(one for one in self.file.transforms if not isinstance(one, ScaleSpec))

    @cached_property
    def scale_specs(self) -> tuple[ScaleSpec, ...]:
        return tuple(one for one in self.file.transforms if isinstance(one, ScaleSpec))

    @cached_property
    def request_columns(self) -> tuple[str, ...]:
        """Columns of :meth:`request_matrix`."""
        return tuple(c for one in self.request_specs for c in one.columns())

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Columns of :meth:`apply`."""
        return (*self.request_columns, *(c for one in self.scale_specs for c in one.columns()))

    @cached_property
    def group_keys(self) -> tuple[str, ...]:
        """Group keys read by some spec."""
        groups = (one.of for one in self.request_specs if isinstance(one, CrossSpec | TargetSpec))
        return tuple(sorted({part for parts in groups for part in parts}))

    def apply(self, inputs: TransformInputs, matrix: Floats, names: tuple[str, ...]) -> Floats:
        """Return ``[n, columns]``: all transforms of one request's candidates.

        Args:
            matrix: ``[n, names]``, the columns without transforms.
        """
        from_request = self.request_matrix(inputs)
        if not self.scale_specs:
            return from_request
        all_columns = np.concatenate([matrix, from_request], axis=1)
        return np.concatenate(
            [from_request, self.scaled(all_columns, (*names, *self.request_columns))], axis=1
        )

    def request_matrix(self, inputs: TransformInputs) -> Floats:
        """``[n, request_columns]``."""
        blocks = [self._columns_of(one, inputs) for one in self.request_specs]
        return np.concatenate([np.zeros((inputs.n, 0), np.float32), *blocks], axis=1)

    def scaled(self, matrix: Floats, names: tuple[str, ...]) -> Floats:
        """Return ``[rows, …]``: the ``scale`` specs of the columns ``names``."""
        blocks = [np.zeros((len(matrix), 0), np.float32)]
        for spec in self.scale_specs:
            for column, scaling in zip(spec.of, self.scalings[spec.name], strict=True):
                blocks.append(scaling.apply(matrix[:, names.index(column)])[:, None])
        return np.concatenate(blocks, axis=1)

    def _columns_of(self, spec: FeatureSpec, inputs: TransformInputs) -> Floats:
        if isinstance(spec, CrossSpec):
            bucket = buckets(cross([inputs.keys[part] for part in spec.of]), spec.buckets)
            if spec.gives == "bucket":
                return bucket.astype(np.float32)[:, None]
            return (bucket[:, None] == np.arange(spec.buckets)).astype(np.float32)
        if isinstance(spec, TargetSpec):
            keys = cross([inputs.keys[part] for part in spec.of])
            return self.tables[spec.name].apply(keys)[:, None]
        assert isinstance(spec, SpaceSpec)
        return space_columns(spec, inputs.comparisons[spec.name], inputs.n)

    def parts(self) -> dict[str, str | bytes]:
        """Return the bundle's files: ``transforms.json`` and ``transforms.npz``."""
        arrays: dict[str, NDArray[Any]] = {}
        spaces = {}
        for name, space in self.spaces.items():
            spaces[name], space_arrays = space.stored()
            arrays |= {f"{name}/{key}": value for key, value in space_arrays.items()}
        for name, table in self.tables.items():
            arrays |= {
                f"{name}/keys": table.keys,
                f"{name}/n": table.n,
                f"{name}/total": table.total,
            }
        stored = {
            "format": FORMAT,
            "file": self.file.model_dump(mode="json"),
            "prior": {name: table.prior for name, table in self.tables.items()},
            "spaces": spaces,
            "scalings": {n: [s.to_json() for s in all_] for n, all_ in self.scalings.items()},
        }
        text = json.dumps(stored, ensure_ascii=False, sort_keys=True)
        return {"transforms.json": text, "transforms.npz": _npz(arrays)}

    @classmethod
    def from_parts(
        cls, stored: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
    ) -> Transforms:
        """The inverse of :meth:`parts`.

        Raises:
            BadInput: another version wrote it.
        """
        if stored.get("format") != FORMAT:
            raise BadInput(
                f"transforms of format {stored.get('format')} are not of format {FORMAT}",
                fix="train again with this version: baihuo train",
            )
        file = FeaturesFile.model_validate(stored["file"])
        spec_by_name = {one.name: one for one in file.transforms}
        tables = {}
        for name, prior in stored["prior"].items():
            spec = spec_by_name[name]
            assert isinstance(spec, TargetSpec)
            tables[name] = TargetTable(
                arrays[f"{name}/keys"],
                arrays[f"{name}/n"],
                arrays[f"{name}/total"],
                prior,
                smoothing(spec),
            )
        spaces = {}
        for name, space in stored["spaces"].items():
            space_arrays = {
                k.split("/", 1)[1]: v for k, v in arrays.items() if k.startswith(f"{name}/")
            }
            spaces[name] = read_vectors(space, space_arrays)
        scalings = {
            name: tuple(Scaling.from_json(one) for one in all_)
            for name, all_ in stored["scalings"].items()
        }
        return cls(file, tables, spaces, scalings)


def _npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Write an ``.npz`` without timestamps: equal arrays give equal bytes, so equal bundles have one id."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        for name, array in sorted(arrays.items()):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
            files.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue(), zipfile.ZIP_DEFLATED)
    return archive.getvalue()


# Smoothed target statistics: the click rate of similar rows, without the row's own label.
#
# A mean by category that is learned from the same rows leaks the label of each row into its own feature (target
# leakage). Two rules prevent it. A training row sees labels known *before* it: those whose attribution window had closed by then. Serving,
# validation and test see one table
# of the whole training window.


def before(
    keys: CrossKeys,
    labels: NDArray[Any],
    at_us: NDArray[np.int64],
    smoothing: Smoothing,
    *,
    start: float,
    delay_us: int,
) -> Floats:
    """Return ``[rows]``: each row's statistic from rows whose labels were known before it.

    Args:
        at_us: ``[rows]``, when each row happened, in any order.
        delay_us: A label is known this long after its row: the attribution window.
        start: As in :meth:`TargetTable.fit`; the prior moves with time too.

    The row's own label, those of the same moment and later ones are excluded.
    """
    labels = np.asarray(labels, np.float64)
    n, total = _known_before(np.unique(keys, return_inverse=True)[1], labels, at_us, delay_us)
    n_all, total_all = _known_before(np.zeros(len(keys), np.int64), labels, at_us, delay_us)
    prior = (total_all + start * smoothing.strength) / (n_all + smoothing.strength)
    return smoothing.smoothed(n, total, prior).astype(np.float32)


def _known_before(
    group: NDArray[np.int64], labels: Doubles, at_us: NDArray[np.int64], delay_us: int
) -> tuple[Doubles, Doubles]:
    """Return the number of rows of the same group known before each row, and the sum of their labels."""
    times, moment = np.unique(at_us, return_inverse=True)
    # Moments whose labels were known at each moment.
    n_over = np.searchsorted(times, times - delay_us, side="left")
    n_over = np.minimum(n_over, np.arange(len(times)))
    width = len(times) + 1
    order = np.lexsort((moment, group))
    position = (group * width + moment)[order]
    sums = np.concatenate([[0.0], np.cumsum(labels[order])])
    first = np.searchsorted(position, group * width)
    stop = np.searchsorted(position, group * width + n_over[moment])
    return (stop - first).astype(np.float64), sums[stop] - sums[first]


def _prior(n: int, total: float, smoothing: Smoothing, start: float) -> float:
    return (total + start * smoothing.strength) / (n + smoothing.strength)


# Scale columns: standard, min–max, quantile (uniform or normal), log.


_EDGE: Final = 1e-7
"""Normal quantiles are unbounded: shares are clipped this far from 0 and 1, so values stay within ±5.2."""


# Names as numbers: 64-bit keys of the names of a row, their crosses, and feature hashing to buckets.


NO_KEY: Final = np.uint64(0)
"""The key of a missing name, such as a product without a brand."""


@lru_cache(maxsize=65_536)
def cross_key(name: str) -> int:
    """The key of a name; the empty name has :data:`NO_KEY`.

    >>> cross_key("") == 0, cross_key("phones") == cross_key("phones"), cross_key("phones") == cross_key("cases")
    (True, True, False)
    """
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest()) if name else 0


def cross_keys(names: Iterable[str | None]) -> CrossKeys:
    """Return ``[names]`` keys; None is the empty name."""
    return np.array([cross_key(name or "") for name in names], np.uint64)


def cross(parts: Sequence[CrossKeys]) -> CrossKeys:
    """Return a key for each row's combination of parts, in order; one part is its own key. Missing parts count, too: "no brand, phones" is
    a combination.
    """
    total = parts[0]
    for part in parts[1:]:
        total = _mixed(total * np.uint64(0x9E3779B97F4A7C15) + part)
    return total


def buckets(keys_of_rows: CrossKeys, n_buckets: int) -> NDArray[np.int64]:
    """Return the bucket of each key, 0 to ``n_buckets - 1``, evenly and independently.

    Source: Weinberger et al. (2009), feature hashing, without its sign: trees need none.
    """
    return (_mixed(keys_of_rows) % np.uint64(n_buckets)).astype(np.int64)


def _mixed(x: CrossKeys) -> CrossKeys:
    """splitmix64's finaliser (Steele, Lea and Flood, 2014): every bit depends on every bit."""
    with np.errstate(over="ignore"):
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))
