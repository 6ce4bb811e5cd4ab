"""What somebody sees who types ``baihuo`` for the first time."""

from __future__ import annotations

import subprocess
import sys

_HEAVY = ("duckdb", "fastapi", "lightgbm", "onnxruntime", "pyarrow", "scipy", "sklearn", "torch")


def test_python_runs_the_package_as_the_command() -> None:
    command = [sys.executable, "-m", "baihuo", "status", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "Show the state of the shop" in done.stdout


def test_help_answers_without_loading_the_libraries_of_the_line() -> None:
    """Loading them took 4 to 8 seconds on a slow machine, before a single word was printed."""
    code = (
        "import sys; from baihuo.cli import main; sys.argv = ['baihuo', '--help']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"loaded = [m for m in {_HEAVY} if m in sys.modules]\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "import" in done.stdout
    assert "serve" in done.stdout


def test_a_stage_of_the_line_loads_neither_the_server_nor_what_trains() -> None:
    """Half of the second and more that every command took went into libraries that few of them use."""
    unused = ("fastapi", "lightgbm", "onnxruntime", "scipy.stats", "sklearn", "torch")
    code = (
        "import sys, baihuo.flow\n"
        f"loaded = [m for m in {unused} if m in sys.modules]\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
