"""Writes the files of hashes for exact installs: ``python requirements/lock.py``, or ``make lock``. Needs uv and the network.

Versions are those of ``constraints.txt``. torch and what comes with it are in none of the files: its CPU and CUDA builds
differ by machine, so ``pyproject.toml`` asks for a range. Serving needs no torch, so ``serve.lock`` is complete.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = {"serve.lock": (), "all.lock": ("train", "llm", "dev", "docs")}
OF_TORCH = re.compile(r"^(torch|triton|nvidia-.*|cuda-.*|pip|setuptools)$")
_HEAD = {
    "serve.lock": "# What serving needs, complete: pip install --require-hashes -r requirements/serve.lock && pip install --no-deps .\n",
    "all.lock": "# Everything but torch: pip install --require-hashes --no-deps -r requirements/all.lock, and torch from pyproject.toml.\n",
}


def compiled(extras: tuple[str, ...]) -> str:
    """The requirements with hashes, of every platform."""
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    command = [uv, "pip", "compile", "-q", "pyproject.toml", "--constraint", "constraints.txt"]
    command += ["--universal", "--python-version", "3.11.5", "--generate-hashes"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    for extra in extras:
        command += ["--extra", extra]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def blocks(text: str) -> list[str]:
    """The requirements of a lock, each with its hashes."""
    return [one for one in re.split(r"\n(?=[A-Za-z0-9])", text.strip()) if not one.startswith("#")]


def name_of(block: str) -> str:
    """Name of a requirement, as registries write it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[=\[ ;]", block, maxsplit=1)[0]).lower()


def main() -> None:
    for file, extras in EXTRAS.items():
        kept = [
            one
            for one in blocks(compiled(extras))
            if not OF_TORCH.match(name_of(one))
            and "== 'emscripten'" not in one  # no shop runs there
        ]
        path = ROOT / "requirements" / file
        path.write_text("# Made by `make lock`.\n" + _HEAD[file] + "\n".join(kept) + "\n", "utf-8")
        print(f"{path.name}: {len(kept)} packages")


if __name__ == "__main__":
    main()
