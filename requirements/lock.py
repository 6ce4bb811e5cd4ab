"""Writes the files of hashes for exact installs: ``python requirements/lock.py``, or ``make lock``. Needs uv and the network.

Versions are those of ``constraints.txt``. A file is listed if CPython 3.11 or later can install it on glibc Linux, macOS or Windows of a
common processor; whoever has another machine builds from the source, whose hash is there too. torch and what comes with it are in none of the files: its CPU and CUDA builds
differ by machine, so ``pyproject.toml`` asks for a range. Serving needs no torch, so ``serve.lock`` is complete.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

from packaging.tags import Tag
from packaging.utils import parse_wheel_filename

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = {"serve.lock": (), "all.lock": ("train", "llm", "dev", "docs")}
_MACHINE = re.compile(
    r"any|manylinux.*_(x86_64|aarch64)|macosx_.*_(x86_64|arm64|universal2)|win_amd64"
)
OF_TORCH = re.compile(r"^(torch|triton|nvidia-.*|cuda-.*|pip|setuptools)$")
_HEAD = {
    "serve.lock": "# What serving needs, complete: pip install --require-hashes -r requirements/serve.lock && pip install --no-deps .\n",
    "all.lock": "# Everything but torch: pip install --require-hashes --no-deps -r requirements/all.lock, and torch from pyproject.toml.\n-r serve.lock\n",
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


def without_rare_machines(block: str) -> str:
    """The requirement without the hashes of wheels that no machine of most shops installs."""
    url = f"https://pypi.org/simple/{name_of(block)}/"
    asked = urllib.request.Request(url, headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        names = {one["hashes"]["sha256"]: one["filename"] for one in json.load(answer)["files"]}
    first, *hashes = block.split(" \\\n")
    kept = [one for one in hashes if is_common(names[one.strip().removeprefix("--hash=sha256:")])]
    return " \\\n".join([first, *(kept or hashes)])


def is_common(filename: str) -> bool:
    """Whether a file is a source, or a wheel for the machines of most shops."""
    return not filename.endswith(".whl") or any(map(_fits, parse_wheel_filename(filename)[-1]))


def _fits(tag: Tag) -> bool:
    of = re.fullmatch(r"(?:cp|py)(\d)(\d*)", tag.interpreter)
    if of is None or of[1] != "3" or not _MACHINE.fullmatch(tag.platform):
        return False
    is_any_later = tag.abi in {"abi3", "none"} and int(of[2] or 0) <= 11
    return is_any_later or (int(of[2] or 0) >= 11 and tag.abi in {tag.interpreter, "abi3", "none"})


def main() -> None:
    in_serving: set[str] = set()
    for file, extras in EXTRAS.items():
        kept = [
            without_rare_machines(one)
            for one in blocks(compiled(extras))
            if not OF_TORCH.match(name_of(one))
            and name_of(one) not in in_serving  # all.lock includes them
            and "== 'emscripten'" not in one  # no shop runs there
        ]
        in_serving |= {*map(name_of, kept)}
        path = ROOT / "requirements" / file
        path.write_text("# Made by `make lock`.\n" + _HEAD[file] + "\n".join(kept) + "\n", "utf-8")
        print(f"{path.name}: {len(kept)} packages")


if __name__ == "__main__":
    main()
