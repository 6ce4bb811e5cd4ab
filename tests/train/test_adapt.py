"""``baihuo adapt``: an encoder is trained on a shop's own text, and taken only where it is better."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from baihuo import flow
from baihuo.cli.app import app
from baihuo.core import BadInput, BrokenFile, NotFound, Product, Progress, no_progress
from baihuo.encode import (
    MINILM,
    MULTILINGUAL,
    BertShape,
    Encoders,
    OnnxEncoder,
    Vectors,
    export_bert,
    sha256_of,
)
from baihuo.index import Generation
from baihuo.settings import EngineSettings, Settings, Shop
from baihuo.train import AdaptSettings
from baihuo.train.encoders.settings import FitSettings

pytestmark = pytest.mark.xdist_group("adapt")

COLOURS = ("red", "blue", "green", "black", "white", "silver", "orange", "brown")
THINGS = ("kettle", "lamp", "mouse", "backpack", "keyboard", "monitor", "blender", "camera")
MAKERS = ("Acme", "Borel", "Cinta", "Dovey", "Elmo", "Farrow")
SHAPE = {
    "model_type": "bert",
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 64,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
}


def products(n: int = 600) -> list[Product]:
    """Titles name colour, thing and maker; the same words, in other combinations, fill all of them."""
    rng = np.random.default_rng(5)
    made = []
    for number in range(n):
        colour, thing, maker = (str(rng.choice(words)) for words in (COLOURS, THINGS, MAKERS))
        made.append(
            Product(
                product_id=f"p{number}",
                title_en=f"{maker} {thing} {colour} model {number % 97}",
                description_en=f"A {colour} {thing} of {maker}, number {number % 97}.",
                brand=maker,
                category=("Home", f"{thing}s"),
                attributes={"Colour": colour},
            )
        )
    return made


def tiny_encoder(folder: Path, texts: Sequence[str], seed: int = 3) -> Path:
    """A BERT of two layers with random weights, as Hugging Face has them in a folder."""
    import torch
    from safetensors.torch import save_file
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    from baihuo.train.encoders.bert import Bert

    folder.mkdir(parents=True)
    words = sorted(
        {w for t in texts for w in t.lower().replace(",", " ").replace(".", " ").split()}
    )
    known = {w: i for i, w in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}
    tokenizer = Tokenizer(models.WordPiece(known, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({**SHAPE, "vocab_size": len(known)}))
    torch.manual_seed(seed)
    model = Bert(BertShape.of(folder))
    save_file({f"bert.{k}": v for k, v in model.state_dict().items()}, folder / "model.safetensors")
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts = [f"{p.title_en} {p.description_en}" for p in products()]
    return tiny_encoder(tmp_path_factory.mktemp("hub") / "tiny", texts)


@pytest.fixture
def shop(tmp_path: Path, tiny: Path, exported_encoders: Path) -> Shop:
    """A catalogue of 600 products; its encoder for Latin script is the tiny one, which knows nothing yet."""
    from safetensors.numpy import load_file

    from baihuo.catalog import Catalog

    made = Shop(tmp_path / "shop")
    made.write_settings(Settings(engine=EngineSettings(threads=1)))
    made.catalog.parent.mkdir(parents=True)
    catalog = Catalog(made.catalog)
    catalog.upsert(products())
    catalog.close()
    used = made.published_encoders
    (used / MULTILINGUAL).parent.mkdir(parents=True)
    shutil.copytree(exported_encoders / MULTILINGUAL, used / MULTILINGUAL, copy_function=os.link)
    weights = {k.removeprefix("bert."): v for k, v in load_file(tiny / "model.safetensors").items()}
    files = export_bert(used / MINILM, weights, BertShape.of(tiny), tiny / "tokenizer.json")
    published = json.loads((exported_encoders / "encoders.json").read_text())
    published[MINILM] = {"files": files, "hash": sha256_of(*(used / MINILM / f for f in files))}
    (used / "encoders.json").write_text(json.dumps(published))
    return made


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(w) for w in words])


def adapted(shop: Shop, *words: object) -> dict[str, Any]:
    done = run("adapt", shop.root, "--json", *words)
    assert done.exit_code == 0, f"{done.output}\n{done.exception!r}"
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def state(shop: Shop) -> list[str]:
    return sorted(
        str(p.relative_to(shop.root)) for p in shop.train.rglob("*") if p.name != "adapt.lock"
    )


def test_a_better_encoder_is_taken_and_makes_the_next_index_and_the_old_one_comes_back(
    shop: Shop, tiny: Path
) -> None:
    before = run("index", "--shop", shop.root).stdout.strip()
    report = adapted(shop, "--encoder", tiny, "--minutes", 2)
    assert report["is_taken"]
    assert report["cosine_at_8_bits"] >= 0.99
    assert report["verdict"]["reciprocal_rank"]["all"]["difference"]["low"] > 0
    assert report["products"]["trained"] + report["products"]["held_back"] <= 600
    assert report["start"]["hash"] == sha256_of(tiny / "model.safetensors")
    encoders = Encoders.open(shop.encoders)
    assert encoders.get(MINILM).hash != Encoders.open(shop.published_encoders).get(MINILM).hash
    # The next index is made by it, and each index opens with the encoders that made it alone.
    after = run("index", "--shop", shop.root).stdout.strip()
    assert after != before
    Generation.open(Path(after), encoders)
    with pytest.raises(BadInput, match="other encoders made the vectors"):
        Generation.open(Path(before), encoders)
    versions = json.loads(run("adapt", shop.root, "--versions", "--json").stdout)
    assert list(versions["versions"]) == [versions["in_use"]] == [report["version"]]
    assert run("adapt", shop.root, "--use", "published").exit_code == 0
    assert run("index", "--shop", shop.root).stdout.strip() == before
    assert run("adapt", shop.root, "--use", report["version"]).exit_code == 0
    assert run("index", "--shop", shop.root).stdout.strip() == after
    assert "* " + report["version"] in run("adapt", shop.root, "--versions").stdout


def test_adapters_alone_learn_too_and_what_serves_has_none(shop: Shop, tiny: Path) -> None:
    report = adapted(shop, "--encoder", tiny, "--minutes", 2, "--lora")
    ranks = report["verdict"]["reciprocal_rank"]["all"]
    assert ranks["after"] > ranks["before"]
    assert report["settings"]["lora"]


def test_an_encoder_that_is_not_better_changes_nothing(
    shop: Shop, tiny: Path, tmp_path: Path
) -> None:
    adapted(shop, "--encoder", tiny, "--minutes", 2)
    kept, in_use = state(shop), shop.encoders
    # A start without a word of the shop: everything is the unknown word.
    strange = tiny_encoder(tmp_path / "strange", ["zzz"])
    done = run("adapt", shop.root, "--encoder", strange, "--minutes", 2)
    assert done.exit_code == 0, done.exception
    assert "not taken, nothing was changed" in done.stdout
    assert (state(shop), shop.encoders) == (kept, in_use)


class Spread:
    """Another direction for each text: no two are near."""

    name, hash, dim = MINILM, "spread", 256

    def encode(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        made = [np.random.default_rng(list(t.encode())).normal(size=self.dim) for t in texts]
        found = np.array(made, np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_an_encoder_that_finds_more_near_than_today_is_not_taken(
    tiny: Path, tmp_path: Path
) -> None:
    """It finds the right products first, and searches would be answered with many wrong ones."""
    from baihuo.train import adapt_encoder

    settings = AdaptSettings(minutes=2, folder=tiny)
    found = adapt_encoder(products(), {}, Spread(), tmp_path / "out", settings)
    assert found.verdict.by_kind["all"].difference.low > 0
    near = found.provenance["wrong_pairs_near"]
    assert near["before"] < 0.01
    assert near["after"] > 0.02
    assert found.provenance["is_centred"]
    assert not found.verdict.is_better
    assert "another scale" in found.verdict.why


def squeezed(tiny: Path, out: Path) -> Path:
    """The same encoder with a direction that all of its vectors share."""
    from safetensors.numpy import load_file, save_file

    shutil.copytree(tiny, out)
    weights = load_file(tiny / "model.safetensors")
    weights["bert.encoder.layer.1.output.LayerNorm.bias"] += np.linspace(2, 4, 32, dtype=np.float32)
    save_file(weights, out / "model.safetensors")
    return out


def test_without_their_mean_vectors_are_as_before_a_common_direction_was_added(
    tiny: Path, tmp_path: Path
) -> None:
    from baihuo.train.encoders.start import centre, open_start

    texts = [str(p.title_en) for p in products(80)]
    plain, moved = open_start(MINILM, tiny), open_start(MINILM, squeezed(tiny, tmp_path / "moved"))
    assert (moved.encode(texts) @ moved.encode(texts).T).min() > 0.9
    centre(plain, texts)
    centre(moved, texts)
    np.testing.assert_allclose(moved.encode(texts), plain.encode(texts), atol=1e-3)
    assert abs((plain.encode(texts) @ plain.encode(texts).T).mean()) < 0.1


def test_another_encoder_is_judged_as_it_comes(shop: Shop, tiny: Path, tmp_path: Path) -> None:
    """The shop's own again: it is centred where it must be, nothing is trained, and no gain is sure."""
    report = adapted(shop, "--encoder", tiny, "--as-is", "--minutes", 2)
    assert report["fit"]["n_products"] == 0
    assert report["settings"]["as_is"]
    assert report["cosine_at_8_bits"] >= 0.99
    assert not report["is_taken"]
    assert "name its folder" in str(run("adapt", shop.root, "--as-is").exception)
    done = run("adapt", shop.root, "--encoder", tiny, "--as-is", "--minutes", 2)
    assert "as it is; 8 bits" in done.output


def test_runs_that_are_stopped_leave_the_shop_as_it_was_and_the_next_one_works(
    shop: Shop, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = state(shop)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("baihuo.train.adapt_encoder", stop)
        done = run("adapt", shop.root, "--encoder", tiny, "--minutes", 2)
    assert done.exit_code == 130, done.output
    assert [p for p in state(shop) if p != "4-train/adapted"] == kept
    (shop.adapted / ".part-of-a-killed-run").mkdir()
    assert shop.encoders == shop.published_encoders
    assert adapted(shop, "--encoder", tiny, "--minutes", 2)["is_taken"]
    assert not list(shop.adapted.glob(".part-*"))


def test_what_cannot_be_adapted_says_why_and_what_to_do(
    shop: Shop, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = state(shop)
    broken = Path(shutil.copytree(tiny, tmp_path / "broken"))
    (broken / "model.safetensors").write_bytes(b"no weights")
    other = Path(shutil.copytree(tiny, tmp_path / "other"))
    (other / "config.json").write_text(json.dumps({**SHAPE, "model_type": "t5"}))
    empty = tmp_path / "empty"
    empty.mkdir()
    for words, error, part in (
        (["--encoder", tmp_path / "nowhere"], NotFound, "no model folder at"),
        (["--encoder", empty], BadInput, "has no config.json"),
        (["--encoder", other], BadInput, "an encoder of type 't5'"),
        (["--encoder", broken], BrokenFile, "cannot be read"),
        (["--script", "greek"], BadInput, "'greek' is unknown"),
        (["--script", "chinese"], BadInput, "0 products have texts"),
        (["--use", "yesterday"], NotFound, "no encoders 'yesterday'"),
    ):
        done = run("adapt", shop.root, *words)
        assert isinstance(done.exception, error), (words, done.exception)
        assert part in done.exception.what
        assert done.exception.fix
    assert isinstance(run("adapt", tmp_path / "none").exception, NotFound)
    assert [p for p in state(shop) if p != "4-train/adapted"] == kept
    monkeypatch.setitem(sys.modules, "torch", None)  # as where it is not installed
    done = run("adapt", shop.root)
    assert "pip install 'baihuo[train]'" in done.exception.fix  # type: ignore[union-attr]


@pytest.mark.slow(reason="the published encoder, of 75 MB, is trained and written whole")
def test_the_published_encoder_learns_a_few_products_and_stays_the_encoder_that_it_was(
    tmp_path: Path, exported_encoders: Path
) -> None:
    """The multilingual one: the other is of the kind of the tiny encoder, which the whole command adapts."""
    import torch

    from baihuo.train.encoders.adapt import LEAST_COSINE, export, precision, train
    from baihuo.train.encoders.batches import batches
    from baihuo.train.encoders.fit import batch_loss
    from baihuo.train.encoders.pairs import TRAINED, PairWriter, texts_of
    from baihuo.train.encoders.start import open_start

    name, rows = MULTILINGUAL, list(range(4))
    fitting = FitSettings(batch=len(rows), passes=3)
    texts = texts_of([replace(p, title_zh=f"货号 {p.title_en}") for p in products(12)], name)
    start, writer = open_start(name), PairWriter(texts, name)
    [asked] = islice(batches(writer, rows, TRAINED, start.tokenize, size=len(rows), seed=1), 1)

    def loss() -> float:
        with torch.no_grad():
            return float(batch_loss(start.model, asked, fitting))

    before = loss()
    fitted = train(start, writer, rows, AdaptSettings(encoder=name, fit=fitting), seconds=3600)
    assert (fitted.n_steps, fitted.is_whole) == (3, True)
    assert loss() < before
    entry = export(start, tmp_path / "out")
    served = OnnxEncoder(tmp_path / "out", weights_hash=entry["hash"], name=name)
    written = [t.text for t in texts]
    assert precision(start, served, written) >= LEAST_COSINE
    published = Encoders.open(exported_encoders).get(name)
    assert served.hash != published.hash
    cosines = (served.encode(written) * published.encode(written)).sum(axis=1)
    assert 0.8 < cosines.mean() < 0.9999


def test_what_is_live_keeps_the_encoder_that_made_its_index(
    released_shop: Shop, tiny: Path, tmp_path: Path
) -> None:
    """Whatever the next index is made with."""
    from safetensors.numpy import load_file

    version = Path(shutil.copytree(released_shop.encoders, released_shop.adapted / "another"))
    shutil.rmtree(version / MINILM)
    weights = {k.removeprefix("bert."): v for k, v in load_file(tiny / "model.safetensors").items()}
    files = export_bert(version / MINILM, weights, BertShape.of(tiny), tiny / "tokenizer.json")
    entries = json.loads((version / "encoders.json").read_text())
    entries[MINILM] |= {"files": files, "hash": sha256_of(*(version / MINILM / f for f in files))}
    (version / "encoders.json").write_text(json.dumps(entries))
    (version / "adapted.json").write_text("{}")
    flow.use_encoders(released_shop, "another")
    assert Encoders.open(released_shop.encoders).get(MINILM).hash == entries[MINILM]["hash"]
    completed = run("suggest", "手", "--shop", released_shop.root)
    assert completed.exit_code == 0, completed.exception
    assert completed.stdout


def test_torch_and_the_graph_that_serves_compute_the_same(
    tiny: Path, tmp_path: Path, exported_encoders: Path
) -> None:
    """Against ONNX Runtime at full precision; the published multilingual encoder against its 8 bits."""
    import onnx
    import onnxruntime
    from safetensors.numpy import load_file

    from baihuo.encode import bert_graph
    from baihuo.train.encoders.start import open_start

    start = open_start(MINILM, tiny)
    weights = {k.removeprefix("bert."): v for k, v in load_file(tiny / "model.safetensors").items()}
    onnx.save(bert_graph(weights, BertShape.of(tiny)), tmp_path / "full.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "full.onnx"))
    for text in ("Acme kettle red", "blue lamp of Borel, number 5"):
        [ids] = start.tokenize([text])
        feed = {"input_ids": [ids], "attention_mask": [[1] * len(ids)]}
        served = session.run(None, {k: np.array(v, np.int32) for k, v in feed.items()})[0]
        np.testing.assert_allclose(
            start.encode([text]), served, atol=2e-3
        )  # bfloat16 is for training only
    texts = ["红色宽松卫衣", "无线鼠标", "HP laptop bag"]
    theirs = Encoders.open(exported_encoders).get(MULTILINGUAL).encode(texts)
    assert (open_start(MULTILINGUAL).encode(texts) * theirs).sum(axis=1).min() > 0.98


def test_a_product_with_every_word_of_a_query_is_no_wrong_answer() -> None:
    from baihuo.train.encoders.pairs import PairWriter, texts_of

    rows = texts_of(products(), MINILM)
    writer, rng = PairWriter(rows, MINILM), np.random.default_rng(1)
    for row in range(60):
        for kind in ("query", "words"):
            pair = writer.draw(row, kind, rng)
            assert pair is not None
            assert pair.terms <= rows[row].terms, (pair.query, rows[row].title)


def test_versions_of_no_folder_and_a_damaged_version_are_named_errors(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    with pytest.raises(NotFound, match="no folder"):
        flow.adapted_versions(shop)
    shop.root.mkdir()
    assert flow.adapted_versions(shop) == {}
    for content in ("{", "3"):
        file = shop.adapted / "v1" / "adapted.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        with pytest.raises(BadInput, match=r"adapted\.json"):
            flow.adapted_versions(shop)


@pytest.mark.parametrize("known", [{}, {"encoder": "minilm", "verdict": None}, {"verdict": []}])
def test_versions_are_listed_where_one_does_not_say_what_it_gained(
    tmp_path: Path, known: dict[str, Any]
) -> None:
    made = Shop(tmp_path)
    (made.adapted / "20260101-000000-abc").mkdir(parents=True)
    (made.adapted / "20260101-000000-abc" / "adapted.json").write_text(json.dumps(known))
    done = run("adapt", made.root, "--versions")
    assert done.exit_code == 0, repr(done.exception)
    assert "20260101-000000-abc" in done.stdout
    assert "gain unknown" in done.stdout
