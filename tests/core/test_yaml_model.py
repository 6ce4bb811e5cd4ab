"""A wrong settings file is answered with the line, the setting, its value and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field

from baihuo.core import BadInput
from baihuo.core.yaml_model import load_yaml


class Oven(BaseModel):
    model_config = ConfigDict(extra="forbid")

    heat: int = Field(default=180, le=300)
    share: float = 0.5


class Bakery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = ""
    oven: Oven = Oven()
    schema_: Oven = Field(default=Oven(), alias="schema")
    shelves: tuple[Oven, ...] = ()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bakery.yaml"


def refused(path: Path, text: str | bytes) -> BadInput:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadInput) as caught:
        load_yaml(path, Bakery)
    return caught.value


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_file_gives_the_defaults(path: Path, text: str) -> None:
    path.write_text(text)
    assert load_yaml(path, Bakery) == Bakery()


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        ("name: a\noven:\n  heat: 900\n", "line 3: oven.heat: Input should be less", "correct it"),
        ("name: a\noven: {heat: warm}\n", "line 2: oven.heat: ", "use the default"),
        ("oven: {heat: warm}\n", "(got 'warm')", "use the default"),
        ("\nschema: {heat: 900}\n", "line 2: schema.heat: ", "correct it"),
        ("oven:\n  haet: 9\n", "line 2: oven.haet: ", "did you mean 'heat'?"),
        ("oven:\n  share: .inf\n", "line 2: oven.share: a number must be finite", "correct it"),
        ("shelves:\n- {share: 'nan'}\n", "line 2: shelves.0.share: a number must be", "default"),
        ("oven: {share: 1e999}\n", "(got inf)", "use the default"),
        ("nmae: a\n", "line 1: nmae: ", "did you mean 'name'?"),
        ("weather: fine\n", "line 1: weather: ", "delete the line"),
        ("name: a\nshelves:\n- heat: 1\n- heat: 900\n", "line 4: shelves.1.heat: ", "correct it"),
        ("name: a\nshelves:\n- {heat: 1, h: 2}\n", "line 3: shelves.0.h: ", "delete the line"),
        ("name: a\nname: [b]\n", "line 2: name: ", "correct it"),
        (
            "name: a\noven: [\n",
            "line 3: it is not YAML: while parsing a flow node, expected the node content, but found '<stream end>'",
            "correct that line",
        ),
        ("name: a\n\tb: c\n", "line 2: it is not YAML", "correct that line"),
        ("- a\n", "line 1: the whole file is not a list of settings", "`oven:`"),
        ("false\n", "line 1: the whole file is not a list of settings", "`oven:`"),
        (b"name: \xff\n", "is not UTF-8", "save it as UTF-8"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    path: Path, text: str | bytes, what: str, fix: str
) -> None:
    error = refused(path, text)
    assert what in error.what
    assert error.what.startswith(str(path))
    assert fix in error.fix


def test_a_long_value_is_cut(path: Path) -> None:
    assert len(refused(path, f"oven: {{heat: {'x' * 10_000}}}").what) < 400
    assert re.search("got .*[.]{3}", refused(path, f"oven: {list(range(999))}").what)


def test_brackets_nested_without_an_end_are_an_error_and_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text("[" * 1_000)
    with pytest.raises(BadInput, match="nested"):
        load_yaml(path, Bakery)
