"""`pip install baihuo` serves: built here, in an environment of its own, without the train extra."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "transformers", "sklearn", "onnx", "tensorboard", "safetensors")


@pytest.fixture(scope="module")
def core_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("core")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install = [python, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", ROOT]
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
    rooms = "core engine connect events catalog privacy quality features encode index evaluate bundle rank serve monitor release cli"
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
