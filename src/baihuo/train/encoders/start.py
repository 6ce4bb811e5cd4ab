"""Where adapting starts: the published encoder of a script, or any encoder of the BERT family in a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from baihuo.core import BadInput, BrokenFile, NotFound
from baihuo.encode import (
    MAX_TOKENS,
    MINILM,
    MULTILINGUAL,
    PUBLISHED,
    BertShape,
    bert_name,
    e5_bert,
    export_bert,
    published_folder,
    sha256_of,
)
from baihuo.train.encoders.batches import Padded, Tokenize
from baihuo.train.encoders.bert import Bert

_MOST_WORDS = 60_000  # a larger table of words stays as it is: most of its rows never occur
_ENCODED = 64  # texts a batch
Floats = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True, slots=True)
class Start:
    """An encoder in full precision, to be trained."""

    model: Bert
    tokenize: Tokenize
    source: str  # where it came from
    hash: str  # of its weights file
    save: Callable[[Path], list[str]]  # writes what serves to a new folder: 8 bits and tokenizer

    def encode(self, texts: Sequence[str]) -> Floats:
        """``[texts, dim]`` in full precision, with the weights as they are now."""
        ids = self.tokenize(texts)
        order = np.argsort([len(i) for i in ids], kind="stable")
        made = []
        with torch.no_grad():
            for at in range(0, len(order), _ENCODED):
                padded = Padded.of([ids[i] for i in order[at : at + _ENCODED]])
                made.append(self.model(padded.ids, padded.lengths).numpy())
        out = np.concatenate(made)
        out[order] = out.copy()
        return out


def open_start(name: str, folder: Path | None = None) -> Start:
    """The encoder that adapting starts from.

    Args:
        name: ``minilm`` or ``multilingual``, whose place it takes.
        folder: of another encoder as Hugging Face has them; None: the published one of ``name``.

    Raises:
        BadInput: the folder holds no encoder of the BERT family, or a published file was changed.
        BrokenFile: a file of it cannot be read.
        NotFound: no such folder, or the published encoder is not installed.
    """
    if folder is not None and not folder.is_dir():
        raise NotFound(f"no model folder at {folder}", fix="give the folder with the model's files")
    if folder is not None or name != MULTILINGUAL:
        return _from_folder(folder or published_folder(name))
    published = published_folder(name)
    weights, shape, words = e5_bert(published, minilm=published_folder(MINILM))
    [file] = PUBLISHED[name]
    tensors = {k: torch.from_numpy(np.array(v)) for k, v in weights.items()}
    return _start(tensors, shape, words, published / file)


def centre(start: Start, texts: Sequence[str]) -> None:
    """Move the vectors of an encoder so that their mean over ``texts`` is 0.

    Encoders that were trained with a low temperature have cosines of 0.7 and more with everything, by one direction that all vectors
    share. Without it cosines have the usual scale again. The bias of the last layer is where it is taken off, so what serves is
    as it was.

    Source: Mu and Viswanath, All-but-the-Top (2018), of which only the mean is removed.
    """
    model = start.model
    ids = start.tokenize(texts)
    total, last = torch.zeros(model.shape.dim), model.layers[-1]
    with torch.no_grad():
        for at in range(0, len(ids), _ENCODED):
            padded = Padded.of(ids[at : at + _ENCODED])
            total += model.pooled(padded.ids, padded.lengths).sum(0)
        norm: Any = last.output
        norm["LayerNorm"].bias -= total / len(ids)


def _from_folder(folder: Path) -> Start:
    from safetensors.torch import load_file

    shape = BertShape.of(folder)
    file, words = folder / "model.safetensors", folder / "tokenizer.json"
    for needed in (file, words):
        if not needed.exists():
            raise BadInput(
                f"{folder} has no {needed.name}",
                fix="give the folder of a Hugging Face encoder: config.json, model.safetensors, tokenizer.json",
            )
    try:
        stored = {bert_name(k): v.float() for k, v in load_file(file).items()}
    except Exception as error:  # the library raises what it likes
        raise BrokenFile(
            f"{folder} cannot be read: {error}", fix="download the encoder again"
        ) from error
    return _start(stored, shape, words.read_text("utf-8"), file)


def _start(stored: Mapping[str, torch.Tensor], shape: BertShape, words: str, file: Path) -> Start:
    """``words``: ``tokenizer.json``; ``file``: of the weights."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(words)
    except Exception as error:  # the library raises no other
        raise BrokenFile(
            f"{file.parent} cannot be read: {error}", fix="download the encoder again"
        ) from error
    model = Bert(shape)
    own = model.state_dict()
    if missing := sorted(own.keys() - stored.keys()):
        raise BadInput(
            f"{file} has no {missing[0]} ({len(missing)} tensors are missing)",
            fix="give an encoder of the BERT family with the names of Hugging Face",
        )
    model.load_state_dict({k: stored[k] for k in own})
    if shape.n_words > _MOST_WORDS:
        model.embeddings.word_embeddings.requires_grad_(False)
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)

    def save(out: Path) -> list[str]:
        weights = {k: v.detach().numpy() for k, v in model.state_dict().items()}
        return export_bert(out, weights, shape, words)

    def tokenize(texts: Sequence[str]) -> list[list[int]]:
        return [e.ids for e in tokenizer.encode_batch(list(texts))]

    return Start(model, tokenize, str(file.parent), sha256_of(file), save)
