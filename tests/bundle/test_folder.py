"""A bundle is what was sealed, byte for byte, or it does not open."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baihuo.bundle import Bundle, write
from baihuo.core import BadInput, NotFound, ShopPaths


def _npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=True, **arrays)
    return buffer.getvalue()


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    encoder = tmp_path / "encoders" / "small"
    encoder.mkdir(parents=True)
    (encoder / "model.onnx").write_bytes(b"weights" * 100)
    (encoder / "tokenizer.json").write_text("{}")
    parts: dict[str, Any] = {
        "encoders": tmp_path / "encoders",
        "ranker.txt": "tree\nhaute coutûre 手机\n",
        "order.json": {"search": "trees", "scale": np.float64(0.5), "knots": np.arange(3)},
        "sources/own.npz": _npz(rows=np.arange(4), weights=np.ones(4, np.float32)),
    }
    bundle_id = write(ShopPaths(tmp_path).bundles, parts)
    return Bundle.open(ShopPaths(tmp_path).bundles / bundle_id)


def test_what_was_put_in_comes_out(bundle: Bundle) -> None:
    assert bundle.text("ranker.txt") == "tree\nhaute coutûre 手机\n"
    assert bundle.json("order.json") == {"search": "trees", "scale": 0.5, "knots": [0, 1, 2]}
    assert bundle.arrays("sources/own.npz")["rows"].tolist() == [0, 1, 2, 3]
    assert (bundle.folder("encoders") / "small/model.onnx").read_bytes() == b"weights" * 100
    assert "order.json" in bundle
    assert "other.json" not in bundle


def test_equal_content_has_an_equal_id_and_other_content_another(tmp_path: Path) -> None:
    one, two = {"a.json": {"x": 1, "y": 2}}, {"a.json": {"y": 2, "x": 1}}
    assert write(tmp_path, one) == write(tmp_path, two)
    assert write(tmp_path, one) != write(tmp_path, {"a.json": {"x": 1, "y": 3}})
    assert write(tmp_path, one) != write(tmp_path, {"b.json": {"x": 1, "y": 2}})


def test_encoders_are_linked_rather_than_copied(bundle: Bundle, tmp_path: Path) -> None:
    there = bundle.file("encoders/small/model.onnx").stat()
    assert there.st_ino == (tmp_path / "encoders/small/model.onnx").stat().st_ino


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_any_changed_byte_is_seen(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("bundles")
    path = folder / write(folder, {"a.json": {"x": 1}, "b/c.txt": "some text\n"})
    name = data.draw(st.sampled_from(["a.json", "b/c.txt", "manifest.json"]))
    content = bytearray((path / name).read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    (path / name).write_bytes(bytes(content))
    with pytest.raises(BadInput, match="not what was sealed"):
        Bundle.open(path)


def test_a_file_that_opening_did_not_read_is_checked_when_it_is_asked_for(bundle: Bundle) -> None:
    asks: dict[str, Callable[[Bundle], object]] = {
        "ranker.txt": lambda b: b.text("ranker.txt"),
        "sources/own.npz": lambda b: b.arrays("sources/own.npz"),
        "encoders/small/tokenizer.json": lambda b: b.folder("encoders"),
    }
    for name, ask in asks.items():
        whole = (bundle.path / name).read_bytes()
        (bundle.path / name).unlink()  # encoders are links to files outside
        (bundle.path / name).write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
        unread = Bundle.open(bundle.path, verify=False)
        assert unread.json("order.json")["scale"] == 0.5
        with pytest.raises(BadInput, match=f"{name} was changed"):
            ask(unread)
        (bundle.path / name).write_bytes(whole)
        ask(unread)


def test_a_file_added_or_taken_away_is_seen(bundle: Bundle) -> None:
    (bundle.path / "extra.txt").write_text("hello")
    with pytest.raises(BadInput, match="extra"):
        Bundle.open(bundle.path)
    (bundle.path / "extra.txt").unlink()
    (bundle.path / "ranker.txt").unlink()
    with pytest.raises(BadInput, match="ranker"):
        Bundle.open(bundle.path)


def test_a_bundle_under_another_name_is_refused(bundle: Bundle) -> None:
    moved = bundle.path.rename(bundle.path.with_name("0123456789abcdef"))
    with pytest.raises(BadInput, match="hashes to"):
        Bundle.open(moved)


def test_no_bundle_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="baihuo train"):
        Bundle.open(tmp_path / "none")


@pytest.mark.parametrize("name", ["../out.txt", "/etc/x.txt", "manifest.json", "gate.json", "."])
def test_a_name_that_leads_outside_or_is_reserved_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="choose another name"):
        write(tmp_path / "bundles", {name: "text"})
    assert not list((tmp_path / "bundles").iterdir())


def _torch_like() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", b"")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.pkl", b"x"),
        ("model.bin", pickle.dumps({"a": 1}, protocol=2)),
        ("model.bin", pickle.dumps({"a": 1}, protocol=5)),
        ("model.bin", _torch_like()),
        ("model.npz", _npz(a=np.array([{"a": 1}], dtype=object))),
        ("stage.py", b"print()"),
    ],
    # Of the contents, one would hold the time, and two processes that run the tests would know different ones.
    ids=["text", "pickle 2", "pickle 5", "archive of pickles", "array of objects", "source"],
)
def test_nothing_that_could_run_when_loaded_goes_in(
    name: str, content: bytes, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="cannot go into a bundle"):
        write(tmp_path, {name: content})


def test_the_verdict_of_the_gate_is_added_without_changing_the_bundle(bundle: Bundle) -> None:
    assert bundle.gate() is None
    bundle.write_gate({"is_open": False, "reasons": ["slow"]})
    again = Bundle.open(bundle.path)
    assert again.gate() == {"bundle_id": bundle.bundle_id, "is_open": False, "reasons": ["slow"]}


def test_a_verdict_about_another_bundle_is_refused(bundle: Bundle) -> None:
    (bundle.path / "gate.json").write_text(json.dumps({"bundle_id": "other", "is_open": True}))
    with pytest.raises(BadInput, match="speaks of"):
        bundle.gate()


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        write(tmp_path, {"a.txt": "fine", "b.pkl": b"not fine"})
    assert not list(tmp_path.iterdir())
