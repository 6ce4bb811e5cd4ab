"""Fitted transforms of a features file, applied by the same function in training and serving."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.core import BadInput
from baihuo.features.spec.file import FeaturesFile
from baihuo.features.spec.specs import CrossSpec, FeatureSpec, ScaleSpec, SpaceSpec, TargetSpec
from baihuo.features.transforms.crosses import CrossKeys, buckets, cross
from baihuo.features.transforms.scaling import Scaling
from baihuo.features.transforms.spaces import (
    CandidateComparison,
    Vectors,
    read_vectors,
    space_columns,
)
from baihuo.features.transforms.target import Smoothing, TargetTable

Floats: TypeAlias = NDArray[np.float32]

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformInputs:
    """Inputs of transforms for one request's candidates."""

    n: int
    keys: Mapping[str, CrossKeys] = field(default_factory=dict)  # by grouping, [n]
    comparisons: Mapping[str, CandidateComparison] = field(default_factory=dict)  # by spec


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


def smoothing(spec: TargetSpec) -> Smoothing:
    """The smoothing of a target statistic."""
    return Smoothing(strength=spec.strength, steepness=spec.steepness)
