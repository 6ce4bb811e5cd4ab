"""The locks are complete, agree with the constraints, name no host, and leave torch to the machine."""

from __future__ import annotations

import re
import runpy
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("serve.lock", "all.lock")
OF_TORCH = re.compile(r"torch|triton|nvidia-.*|cuda-.*|pip|setuptools")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def blocks(file: str) -> dict[str, str]:
    """The requirements of a lock, and of the one it includes, by name, each with its hashes."""
    text = (ROOT / "requirements" / file).read_text("utf-8")
    includes = re.findall(r"^-r (.+)$", text, re.M)
    found = [b for b in re.split(r"\n(?=[A-Za-z0-9])", text) if b[0] not in "#-"]
    included = {name: block for one in includes for name, block in blocks(one).items()}
    return included | {normal(re.split(r"[=\[ ;]", b, maxsplit=1)[0]): b for b in found}


def version(block: str) -> str:
    return re.split(r"[ ;\\]", block.split("==", 1)[1], maxsplit=1)[0]


def project() -> dict[str, list[str]]:
    about = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {"": about["dependencies"], **about["optional-dependencies"]}


def needed(lines: list[str]) -> Iterator[str]:
    """Names of requirements and of all that they need here, as installed packages say."""
    todo, seen = [Requirement(line) for line in lines], set[tuple[str, tuple[str, ...]]]()
    while todo:
        one = todo.pop()
        key = (normal(one.name), tuple(sorted(one.extras)))
        if key in seen or OF_TORCH.fullmatch(key[0]):
            continue
        seen.add(key)
        yield key[0]
        try:
            inner = metadata.requires(one.name) or []
        except metadata.PackageNotFoundError:  # of an extra that is not installed here
            continue
        for line in inner:
            wanted = Requirement(line)
            extras = one.extras or {""}
            if wanted.marker is None or any(wanted.marker.evaluate({"extra": e}) for e in extras):
                todo.append(wanted)


@pytest.mark.parametrize("file", LOCKS)
def test_every_package_of_a_lock_has_a_version_and_hashes(file: str) -> None:
    found = blocks(file)
    assert len(found) > 50
    for name, block in found.items():
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==\d[\w.]*( ;[^\\]*)? \\\n", block), name
        hashes = block.split("\n")[1:]
        assert hashes, name
        assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", h) for h in hashes if h), (
            name
        )


@pytest.mark.parametrize(
    ("file", "extras"), [("serve.lock", ()), ("all.lock", ("train", "dev", "docs"))]
)
def test_a_lock_has_all_that_the_project_needs(file: str, extras: tuple[str, ...]) -> None:
    lines = [line for extra in ("", *extras) for line in project()[extra]]
    lines = [line for line in lines if sys.platform != "win32" or "win32" not in line]
    missing = {*needed(lines)} - {*blocks(file)}
    assert not missing, f"make lock: {sorted(missing)}"


def test_serving_is_locked_without_what_trains() -> None:
    serve, everything = blocks("serve.lock"), blocks("all.lock")
    assert {*serve} < {*everything}
    assert not {"torch", "scikit-learn", "onnx", "pytest"} & {*serve}


@pytest.mark.parametrize(
    ("filename", "is_listed"),
    [
        ("numpy-2.4.6.tar.gz", True),
        ("numpy-2.4.6-cp313-cp313-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl", True),
        ("numpy-2.4.6-cp314-cp314-macosx_11_0_arm64.whl", True),
        ("numpy-2.4.6-cp314-cp314t-macosx_11_0_arm64.whl", False),
        ("numpy-2.4.6-cp310-cp310-manylinux_2_28_x86_64.whl", False),
        ("numpy-2.4.6-cp312-cp312-musllinux_1_2_x86_64.whl", False),
        ("argon2_cffi_bindings-26.2.0-cp39-abi3-win_amd64.whl", True),
        ("six-1.17.0-py2.py3-none-any.whl", True),
    ],
)
def test_a_lock_lists_what_machines_of_most_shops_install(filename: str, is_listed: bool) -> None:
    lock = runpy.run_path(str(ROOT / "requirements" / "lock.py"))
    assert lock["is_common"](filename) is is_listed


def test_locks_and_constraints_name_the_same_versions() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {normal(a): b for a, _, b in (line.partition("==") for line in lines) if b}
    for name, block in blocks("all.lock").items():
        assert name == "colorama" or pinned.get(name) == version(block), name


def test_torch_is_a_range_and_no_build_of_it_is_locked() -> None:
    [line] = [one for one in project()["train"] if one.startswith("torch")]
    assert re.fullmatch(r"torch>=[\d.]+", line)
    for file in ("constraints.txt", *(f"requirements/{name}" for name in LOCKS)):
        text = (ROOT / file).read_text("utf-8")
        assert "+cpu" not in text
        assert "+cu" not in text
        assert not re.search(r"^torch==", text, re.M)


def test_no_file_of_requirements_names_a_host() -> None:
    for path in [ROOT / "constraints.txt", *(ROOT / "requirements").glob("*.lock")]:
        text = path.read_text("utf-8")
        assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host| @ ", text), (
            path
        )
