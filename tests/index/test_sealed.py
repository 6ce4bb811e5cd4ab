"""A generation is what was built, byte for byte, or it does not open; what is damaged is built again."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.index._shop import as_before_hashes, bags

from baihuo.core import BadInput, BrokenFile, Product
from baihuo.engine import SUMS
from baihuo.index import Generation, IndexOptions, build

PRODUCTS = [
    Product(
        product_id=f"p{i}",
        title_en=f"red lamp number {i}",
        title_zh=f"红色台灯{i}号",
        brand="Acme",
        category=("Home", "Lamps"),
        attributes={"colour": "red"},
        price_minor=100 + i,
    )
    for i in range(30)
]


def built(out: Path, lists_from: int = 1) -> Path:
    options = IndexOptions(lists_from=lists_from)
    return build(PRODUCTS, encoders=bags(), cache=None, out=out, options=options)


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With lists of vectors, for every kind of file is in it."""
    return built(tmp_path_factory.mktemp("index"))


def flip(file: Path, at: int, bit: int) -> bytes:
    """Change one bit of a file; returns the whole content as it was."""
    whole = file.read_bytes()
    damaged = bytearray(whole)
    damaged[at] ^= 1 << bit
    file.write_bytes(damaged)
    return whole


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_changed_byte_is_an_error_that_names_the_file(
    generation: Path, data: st.DataObject
) -> None:
    names = sorted(f.name for f in generation.iterdir() if f.stat().st_size)
    file = generation / data.draw(st.sampled_from(names))
    at = data.draw(st.integers(0, file.stat().st_size - 1))
    whole = flip(file, at, data.draw(st.integers(0, 7)))
    try:
        with pytest.raises(BrokenFile, match=re.escape(f"{file.name} was changed")) as found:
            Generation.open(generation, bags())
        assert str(generation) in found.value.what
        assert "baihuo index" in found.value.fix
    finally:
        file.write_bytes(whole)


def test_every_file_is_covered_whole_or_short_or_away(generation: Path) -> None:
    for file in sorted(generation.iterdir()):
        whole = file.read_bytes()
        file.write_bytes(whole[:-1] if whole else b"x")
        with pytest.raises(BrokenFile, match=re.escape(f"{file.name} was changed")):
            Generation.open(generation, bags())
        file.unlink()
        with pytest.raises(BrokenFile, match=re.escape(file.name)):
            Generation.open(generation, bags())
        file.write_bytes(whole)
    (generation / "extra.npy").write_bytes(b"")
    with pytest.raises(BrokenFile, match=r"added: extra\.npy"):
        Generation.open(generation, bags())
    (generation / "extra.npy").unlink()
    assert len(Generation.open(generation, bags()).row_of) == len(PRODUCTS)


def test_a_generation_is_read_through_once_in_a_process_and_again_when_a_file_changes(
    generation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Generation.open(generation, bags())
    read: list[Path] = []
    sha256 = "baihuo.engine.sealed_folder._sha256"

    def reading(path: Path) -> str:
        read.append(path)
        return ""

    monkeypatch.setattr(sha256, reading)
    Generation.open(generation, bags())
    assert not read
    (generation / "names.json").touch()
    with pytest.raises(BrokenFile):
        Generation.open(generation, bags())
    assert read


def test_building_again_replaces_what_is_damaged_and_nothing_else(tmp_path: Path) -> None:
    folder = built(tmp_path, 1_000)
    opened = Generation.open(folder, bags())
    whole = flip(folder / "title_en.weights.npy", 200, 3)
    assert built(tmp_path, 1_000) == folder
    assert (folder / "title_en.weights.npy").read_bytes() == whole
    again = Generation.open(folder, bags())
    assert again.match("red lamp number 3") is not None
    assert opened.product(3) == again.product(3)  # whoever had it open keeps its files
    assert [f.name for f in tmp_path.iterdir()] == [folder.name]
    inode = (folder / "names.json").stat().st_ino
    assert built(tmp_path, 1_000) == folder
    assert (folder / "names.json").stat().st_ino == inode


def test_a_generation_of_a_version_without_hashes_opens_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = built(tmp_path, 1_000)
    as_before_hashes(folder)
    assert len(Generation.open(folder, bags()).row_of) == len(PRODUCTS)
    assert "is used unchecked; build it again: baihuo index" in caplog.text


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs coreutils")
def test_the_hashes_are_those_of_sha256sum(generation: Path) -> None:
    """An independent program says the same of every file."""
    done = subprocess.run(
        ["sha256sum", "-c", SUMS], cwd=generation, capture_output=True, text=True, check=True
    )
    n_files = sum(1 for f in generation.iterdir() if f.name != SUMS)
    assert done.stdout.count(": OK") == n_files


_BUILT = """
import sys
from pathlib import Path
from tests.index._shop import bags
from tests.index._wardrobe import wardrobe
from baihuo.index import build
print(build(wardrobe(), encoders=bags(), cache=None, out=Path(sys.argv[1])))
"""


def test_every_process_builds_the_same_files(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    sums = []
    for seed in ("1", "2"):  # of hashes, by which sets are ordered
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{root / 'src'}:{root}"}
        command = [sys.executable, "-c", _BUILT, str(tmp_path / seed)]
        made = subprocess.run(
            command, env=environment, cwd=root, capture_output=True, text=True, check=True
        )
        sums.append((Path(made.stdout.strip()) / SUMS).read_text("utf-8").splitlines())
    assert sums[0] == sums[1]


def test_an_error_of_a_damaged_generation_is_one_of_bad_input() -> None:
    assert issubclass(BrokenFile, BadInput)  # the command line and HTTP name it with its fix
