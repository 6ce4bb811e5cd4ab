"""What the columns of a CTR file are: written by a person for a file with a header, known for a Criteo-shaped one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from baihuo.core import BadInput, close_match, load_yaml

CRITEO_NUMBERS = tuple(f"I{i}" for i in range(1, 14))
CRITEO_CATEGORIES = tuple(f"C{i}" for i in range(1, 27))
CRITEO_COLUMNS = ("label", *CRITEO_NUMBERS, *CRITEO_CATEGORIES)

EXAMPLE = """\
label: click                # 0 and 1, true and false, yes and no; else positive: VALUE
numeric: [price, n_visits]  # numbers
categorical: [site_id]      # codes and words; what stands in neither list is seen from the first rows
time: timestamp             # test: the last part by time; or
# fold: part                # test: the rows whose value is in test_folds (without it: the last value)
# test_folds: [test]
ignore: [row_id]            # read by no system
"""


class CtrSpec(BaseModel):
    """``--spec``: the columns of a file with a header."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    positive: str | None = None  # the label's value that is a click, where labels are not 0 and 1
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    time: str | None = None
    fold: str | None = None
    test_folds: tuple[str, ...] = Field(default=())
    ignore: tuple[str, ...] = ()

    @field_validator("numeric", "categorical", "test_folds", "ignore", mode="before")
    @classmethod
    def _one_is_a_list(cls, given: object) -> object:
        """A single name needs no brackets, and a number is a name, too."""
        several = given if isinstance(given, list | tuple) else (given,)
        return tuple(str(one) if type(one) in (int, float) else one for one in several)

    @field_validator("positive", mode="before")
    @classmethod
    def _as_text(cls, given: object) -> object:
        if isinstance(given, bool):
            raise ValueError('put it in quotes, as the file has it: "yes", "True", "on"')
        return str(given) if isinstance(given, int | float) else given

    @property
    def special(self) -> tuple[str, ...]:
        """Columns that decide about rows and are no input."""
        return tuple(n for n in (self.label, self.time, self.fold) if n is not None)


CRITEO = CtrSpec(label="label", numeric=CRITEO_NUMBERS, categorical=CRITEO_CATEGORIES)


def read_spec(path: Path) -> CtrSpec:
    """From a YAML file.

    Raises:
        BadInput: the file is not there, has a setting that there is not, or asks for two splits.
    """
    if not path.is_file():
        raise BadInput(f"there is no file {path}", fix="name a YAML file; --help has an example")
    spec = load_yaml(path, CtrSpec)
    if spec.time and spec.fold:
        raise BadInput(
            f"{path} names a time ({spec.time}) and a fold ({spec.fold})",
            fix="keep one: it says which rows are the test",
        )
    if spec.test_folds and not spec.fold:
        raise BadInput(f"{path} has test_folds without a fold", fix="name the column: fold: NAME")
    return spec


def checked(spec: CtrSpec, names: Sequence[str], path: Path) -> CtrSpec:
    """The specification, if it fits the columns of the file.

    Raises:
        BadInput: a column is not there, or stands in two places.
    """
    placed = [*spec.special, *spec.numeric, *spec.categorical, *spec.ignore]
    for name in placed:
        if name not in names:
            near = close_match(name, names) or f"its columns are {', '.join(names)}"
            raise BadInput(f"{path} has no column {name!r}", fix=near)
        if placed.count(name) > 1:
            raise BadInput(f"the specification names {name!r} twice", fix="keep one of them")
    return spec
