"""Parses YAML into a pydantic model, with errors that name the line, the setting, the value and a fix."""

from __future__ import annotations

import difflib
import inspect
import math
import reprlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from baihuo.core.errors import BadInput

Model = TypeVar("Model", bound=BaseModel)
_VALUE = reprlib.Repr()
_VALUE.maxstring = _VALUE.maxother = 80
_FAST_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's


class SettingsSection(BaseModel):
    """A frozen section of a settings file; unknown names are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    retired: ClassVar[Mapping[str, Any]] = {}
    """Settings of earlier versions, and the value that is left (None: any may stand there): files of before still open."""

    @model_validator(mode="before")
    @classmethod
    def _without_retired(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        for name, left in cls.retired.items():
            if left is not None and given.get(name, left) != left:
                raise ValueError(f"{name} is always {left} now: leave it out")
        return {name: value for name, value in given.items() if name not in cls.retired}


class YamlProblem(Exception):
    """The first error in a YAML text."""

    def __init__(
        self,
        what: str,
        *,
        line: int,
        fix: str,
        path: tuple[int | str, ...] = (),
        kind: str = "",
        value: object = None,
    ) -> None:
        super().__init__(what)
        self.what, self.fix = what, fix
        self.line = line  # 1-based
        self.path = path  # to the setting, as in ("serve", "port"); empty: the whole text
        self.kind = kind  # pydantic's type of error; empty: not YAML, or not a mapping
        self.value = value  # the given value

    def as_bad_input(self, where: str) -> BadInput:
        """The error for users. ``where`` names the file."""
        return BadInput(f"{where}, line {self.line}: {self}", fix=self.fix)

    def __str__(self) -> str:
        if not self.kind:
            return self.what
        name = ".".join(map(str, self.path)) or "the whole file"
        return f"{name}: {self.what} (got {_VALUE.repr(self.value)})"


def load_yaml(path: Path, model: type[Model], *, is_finite: bool = True) -> Model:
    """The model in the file ``path``, which must exist. An empty file gives the defaults.

    Args:
        is_finite: Whether NaN and infinity are refused.

    Raises:
        BadInput: not UTF-8, not YAML, an unknown name, a value out of range; the message has the line and
            a fix.
    """
    try:
        return parse_yaml(path.read_text(encoding="utf-8"), model, is_finite=is_finite)
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8: {error}", fix="save it as UTF-8") from error
    except YamlProblem as problem:
        raise problem.as_bad_input(str(path)) from problem


def parse_yaml(text: str, model: type[Model], *, is_finite: bool = True) -> Model:
    """The model in ``text``; an empty text gives the defaults. For ``is_finite`` see :func:`load_yaml`.

    Raises:
        YamlProblem: the first error.
    """
    try:
        try:
            parsed = yaml.load(text, _FAST_LOADER)
        except yaml.YAMLError:
            parsed = yaml.safe_load(text)  # ten times slower, with plainer messages
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        parts = (getattr(error, "context", None), getattr(error, "problem", None))
        why = ", ".join(part for part in parts if part) or str(error)
        raise YamlProblem(f"it is not YAML: {why}", line=line, fix="correct that line") from error
    except RecursionError as error:
        what = "its brackets are nested too deep"
        raise YamlProblem(what, line=1, fix="write `name: value` lines") from error
    if parsed is not None and not isinstance(parsed, dict):
        names = ", ".join(f"`{name}:`" for name in _names(model))
        what = "the whole file is not a list of settings"
        raise YamlProblem(what, line=1, fix=f"write `name: value` lines; names are {names}")
    try:
        found = model.model_validate({} if parsed is None else parsed)
    except ValidationError as error:
        raise _problem(error, text, model) from error
    for path, value in _endless_numbers(found.model_dump(by_alias=True)) if is_finite else ():
        fix = "correct it, or delete the line to use the default"
        raise YamlProblem(
            "a number must be finite",
            line=_line_of(text, path),
            fix=fix,
            path=path,
            kind="finite_number",
            value=value,
        )
    return found


def close_match(given: str, known: Iterable[str]) -> str | None:
    """ "did you mean 'this'?", if one of ``known`` is similar to ``given``."""
    near = difflib.get_close_matches(given, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else None


def _endless_numbers(
    value: Any, path: tuple[int | str, ...] = ()
) -> Iterator[tuple[tuple[int | str, ...], float]]:
    """Infinite numbers and NaN in a model that was dumped, with the path to each."""
    if isinstance(value, float) and not math.isfinite(value):
        yield path, value
    inside: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list | tuple):
        inside = enumerate(value)
    for name, part in inside:
        yield from _endless_numbers(part, (*path, name))


def _problem(error: ValidationError, text: str, model: type[BaseModel]) -> YamlProblem:
    first = error.errors()[0]
    path = first["loc"]
    fix = "correct it, or delete the line to use the default"
    if first["type"] == "extra_forbidden":
        fix = close_match(str(path[-1]), _names(_model_at(model, path[:-1]))) or fix
    what = first["msg"].removeprefix("Value error, ")
    if first["type"] in ("tuple_type", "list_type"):
        what = "write a list, as in [a, b]"
    return YamlProblem(
        what,
        line=_line_of(text, path),
        fix=fix,
        path=path,
        kind=first["type"],
        value=first["input"],
    )


def _line_of(text: str, path: Sequence[int | str]) -> int:
    """The line of a setting; if it is missing, the line of its section."""
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    line = 0 if node is None else node.start_mark.line
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(part)]
            if found:
                key, node = found[-1]  # of a duplicate name the last one counts
                line = key.start_mark.line
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = node.start_mark.line
    return int(line) + 1


def _names(model: type[BaseModel] | None) -> list[str]:
    fields = {} if model is None else model.model_fields
    return [field.alias or name for name, field in fields.items()]


def _model_at(model: type[BaseModel], path: Sequence[int | str]) -> type[BaseModel] | None:
    """The model of the section ``path``; None where it is not a section."""
    for part in path:
        by_name = {field.alias or name: field for name, field in model.model_fields.items()}
        annotation = by_name[str(part)].annotation if str(part) in by_name else None
        if not (inspect.isclass(annotation) and issubclass(annotation, BaseModel)):
            return None
        model = annotation
    return model
