"""Fitted transforms: what training learned of a features file, applied by one function on both sides."""

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
from baihuo.features.transforms.crosses import Keys, buckets, crossed
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
class Request:
    """What transforms may read of one request's candidates."""

    n: int
    keys: Mapping[str, Keys] = field(default_factory=dict)  # by what they are about, [n]
    beside: Mapping[str, CandidateComparison] = field(default_factory=dict)  # by line


@dataclass(frozen=True, eq=False)
class Transforms:
    """The lines of a features file with what each learned.

    Columns are those of the lines that look at a request, in the order of the file, then those of ``scale`` lines, which
    may be of any column before them.
    """

    file: FeaturesFile
    tables: Mapping[str, TargetTable] = field(default_factory=dict)
    spaces: Mapping[str, Vectors] = field(default_factory=dict)
    scalings: Mapping[str, tuple[Scaling, ...]] = field(default_factory=dict)

    @cached_property
    def asking(self) -> tuple[FeatureSpec, ...]:
        """Lines that look at a request."""
        return tuple(one for one in self.file.transforms if not isinstance(one, ScaleSpec))

    @cached_property
    def scaling(self) -> tuple[ScaleSpec, ...]:
        return tuple(one for one in self.file.transforms if isinstance(one, ScaleSpec))

    @cached_property
    def request_columns(self) -> tuple[str, ...]:
        """What :meth:`of_request` makes."""
        return tuple(c for one in self.asking for c in one.columns())

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """What :meth:`apply` makes."""
        return (*self.request_columns, *(c for one in self.scaling for c in one.columns()))

    @cached_property
    def about(self) -> tuple[str, ...]:
        """The keys that some line reads."""
        of = (one.of for one in self.asking if isinstance(one, CrossSpec | TargetSpec))
        return tuple(sorted({part for parts in of for part in parts}))

    def apply(self, request: Request, matrix: Floats, names: tuple[str, ...]) -> Floats:
        """``[n, columns]``: every transform of one request's candidates.

        Args:
            matrix: ``[n, names]``, the columns that are there without transforms.
        """
        asked = self.of_request(request)
        if not self.scaling:
            return asked
        both = np.concatenate([matrix, asked], axis=1)
        return np.concatenate([asked, self.scaled(both, (*names, *self.request_columns))], axis=1)

    def of_request(self, request: Request) -> Floats:
        """``[n, request_columns]``."""
        made = [self._made(one, request) for one in self.asking]
        return np.concatenate([np.zeros((request.n, 0), np.float32), *made], axis=1)

    def scaled(self, matrix: Floats, names: tuple[str, ...]) -> Floats:
        """``[rows, …]``: the ``scale`` lines, of the columns ``names``."""
        made = [np.zeros((len(matrix), 0), np.float32)]
        for line in self.scaling:
            for column, scaling in zip(line.of, self.scalings[line.name], strict=True):
                made.append(scaling.apply(matrix[:, names.index(column)])[:, None])
        return np.concatenate(made, axis=1)

    def _made(self, line: FeatureSpec, request: Request) -> Floats:
        if isinstance(line, CrossSpec):
            bucket = buckets(crossed([request.keys[part] for part in line.of]), line.buckets)
            if line.gives == "bucket":
                return bucket.astype(np.float32)[:, None]
            return (bucket[:, None] == np.arange(line.buckets)).astype(np.float32)
        if isinstance(line, TargetSpec):
            of = crossed([request.keys[part] for part in line.of])
            return self.tables[line.name].apply(of)[:, None]
        assert isinstance(line, SpaceSpec)
        return space_columns(line, request.beside[line.name], request.n)

    def parts(self) -> dict[str, str | bytes]:
        """Files of a bundle: ``transforms.json`` and ``transforms.npz``."""
        arrays: dict[str, NDArray[Any]] = {}
        spaces = {}
        for name, space in self.spaces.items():
            spaces[name], of_space = space.stored()
            arrays |= {f"{name}/{key}": value for key, value in of_space.items()}
        for name, table in self.tables.items():
            arrays |= {
                f"{name}/keys": table.keys,
                f"{name}/n": table.n,
                f"{name}/total": table.total,
            }
        said = {
            "format": FORMAT,
            "file": self.file.model_dump(mode="json"),
            "prior": {name: table.prior for name, table in self.tables.items()},
            "spaces": spaces,
            "scalings": {n: [s.to_json() for s in all_] for n, all_ in self.scalings.items()},
        }
        text = json.dumps(said, ensure_ascii=False, sort_keys=True)
        return {"transforms.json": text, "transforms.npz": _packed(arrays)}

    @classmethod
    def of_parts(cls, said: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Transforms:
        """The inverse of :meth:`parts`.

        Raises:
            BadInput: another version wrote it.
        """
        if said.get("format") != FORMAT:
            raise BadInput(
                f"transforms of format {said.get('format')} are not of format {FORMAT}",
                fix="train again with this version: baihuo train",
            )
        file = FeaturesFile.model_validate(said["file"])
        lines = {one.name: one for one in file.transforms}
        tables = {}
        for name, prior in said["prior"].items():
            line = lines[name]
            assert isinstance(line, TargetSpec)
            tables[name] = TargetTable(
                arrays[f"{name}/keys"],
                arrays[f"{name}/n"],
                arrays[f"{name}/total"],
                prior,
                smoothing(line),
            )
        spaces = {}
        for name, stored in said["spaces"].items():
            mine = {k.split("/", 1)[1]: v for k, v in arrays.items() if k.startswith(f"{name}/")}
            spaces[name] = read_vectors(stored, mine)
        scalings = {
            name: tuple(Scaling.from_json(one) for one in all_)
            for name, all_ in said["scalings"].items()
        }
        return cls(file, tables, spaces, scalings)


def _packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """An ``.npz`` without the clock in it: equal arrays are equal bytes, so equal bundles have one id."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, array in sorted(arrays.items()):
            one = io.BytesIO()
            np.lib.format.write_array(one, np.asarray(array), allow_pickle=False)
            packed.writestr(zipfile.ZipInfo(f"{name}.npy"), one.getvalue(), zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def smoothing(line: TargetSpec) -> Smoothing:
    """How far a target statistic is trusted."""
    return Smoothing(strength=line.strength, steepness=line.steepness)
