"""What is compared: the encoder as published, and what can be made of it with a shop's text and no behaviour.

frozen        as published
full          contrastive, every weight (what ``baihuo adapt`` does)
lora          contrastive, low-rank adapters (``baihuo adapt --lora``)
mlm           continued masked-language pre-training, then as full
half          layers 1, 3 and 5 of six; contrastive, and its cosines as those of ``full``
descriptions  as full, with title and description as one more kind of pair
free          as full, without the term that keeps cosines with wrong products where they were
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from baihuo.encode import Encoder, export_bert
from baihuo.train.encoders.adapt import export, open_encoder, precision, train
from baihuo.train.encoders.batches import batches
from baihuo.train.encoders.bert import Bert
from baihuo.train.encoders.fit import fit
from baihuo.train.encoders.pairs import KINDS, TRAINED, PairWriter
from baihuo.train.encoders.settings import AdaptSettings, FitSettings
from baihuo.train.encoders.start import Start, open_start
from suites.adapt.masked_words import pre_train
from suites.shared.measure import Clock

VARIANTS = ("frozen", "full", "lora", "half", "mlm", "descriptions", "free")
_NO_LIMIT_S = 1e6
_CHECKED = 200  # texts of which cosines with full precision are taken


def made(
    name: str, variant: str, writer: PairWriter, rows: Sequence[int], folder: Path, seed: int
) -> tuple[Encoder, dict[str, Any]]:
    """The encoder of a variant at 8 bits, and what making it took; from ``folder`` where an earlier run left it.

    Args:
        name: ``minilm`` or ``multilingual``.
        variant: of :data:`VARIANTS`.
        writer: of the shop's texts.
        rows: to train on.
        folder: of the variants.
        seed: of training.
    """
    about = folder / f"{variant}.json"
    if not about.exists():
        start = open_start(name)
        texts = [writer.texts[r].text for r in rows]
        with Clock() as clock:
            start = _trained(start, variant, name, writer, rows, folder, seed)
        entry = export(start, folder / variant)
        served = open_encoder(folder / variant, entry, name)
        measured = {
            "cpu_s": clock.cpu_s,
            "products": len(rows),
            "cosine_at_8_bits": precision(start, served, texts[:_CHECKED]),
        }
        torch.save(start.model.state_dict(), folder / f"{variant}.pt")
        about.write_text(json.dumps({"entry": entry, **measured}))
    known = json.loads(about.read_text())
    known.pop("entry")
    return made_already(name, variant, folder), known


def made_already(name: str, variant: str, folder: Path) -> Encoder:
    """The encoder that :func:`made` left in ``folder``."""
    entry = json.loads((folder / f"{variant}.json").read_text())["entry"]
    return open_encoder(folder / variant, entry, name)


def _trained(
    start: Start,
    variant: str,
    name: str,
    writer: PairWriter,
    rows: Sequence[int],
    folder: Path,
    seed: int,
) -> Start:
    if variant == "frozen":
        return start
    rates = FitSettings(seed=seed, kept=0.0 if variant == "free" else 1.0)
    settings = AdaptSettings(encoder=name, lora=variant == "lora", fit=rates)
    if variant == "half":
        return _half(start, writer, rows, rates, folder / "full.pt")
    if variant == "descriptions":
        _fit(start.model, start, writer, rows, rates, copy.deepcopy(start.model), KINDS)
        return start
    if variant == "mlm":
        pre_train(start, [writer.texts[r].text for r in rows], seed=seed)
    train(start, writer, rows, settings, _NO_LIMIT_S)
    return start


def _half(
    start: Start, writer: PairWriter, rows: Sequence[int], rates: FitSettings, teacher: Path
) -> Start:
    """Every second layer, fitted like ``full``, whose cosines it is to have."""
    whole = start.model
    assert isinstance(whole, Bert)
    original = copy.deepcopy(whole)
    original.load_state_dict(torch.load(teacher))
    kept = list(range(0, whole.shape.n_layers, 2))
    small = Bert(replace(whole.shape, n_layers=len(kept)))
    weights = original.state_dict()
    for to, at in enumerate(kept):
        for key in [k for k in weights if k.startswith("encoder.layer.0.")]:
            tail = key.removeprefix("encoder.layer.0.")
            small.state_dict()[f"encoder.layer.{to}.{tail}"].copy_(
                weights[f"encoder.layer.{at}.{tail}"]
            )
    small.embeddings.load_state_dict(original.embeddings.state_dict())
    _fit(small, start, writer, rows, replace(rates, kept=3.0), original.eval(), TRAINED)

    def save(out: Path) -> list[str]:
        tensors = {k: v.detach().numpy() for k, v in small.state_dict().items()}
        return export_bert(out, tensors, small.shape, Path(start.source) / "tokenizer.json")

    return replace(start, model=small, save=save)


def _fit(
    model: nn.Module,
    start: Start,
    writer: PairWriter,
    rows: Sequence[int],
    rates: FitSettings,
    original: nn.Module,
    kinds: Sequence[Any],
) -> None:
    drawn = batches(writer, rows, kinds, start.tokenize, size=rates.batch, seed=rates.seed)
    fit(
        model,
        drawn,
        rates,
        rate=rates.learning_rate,
        n_rows=len(rows),
        seconds=_NO_LIMIT_S,
        original=original,
    )
