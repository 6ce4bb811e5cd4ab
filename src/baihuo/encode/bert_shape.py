"""Sizes of an encoder of the BERT family."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from baihuo.core import BadInput, BrokenFile

_FIRST_POSITION = {"bert": 0, "roberta": 2, "xlm-roberta": 2, "camembert": 2}
_OLD_NAMES = (".gamma", ".weight"), (".beta", ".bias")  # of files of 2018
_PREFIXES = ("bert.", "roberta.", "model.")


@dataclass(frozen=True, slots=True, kw_only=True)
class BertShape:
    """What ``config.json`` says of an encoder, and how it pools."""

    dim: int
    wide: int  # of the feed-forward step
    n_layers: int
    n_heads: int
    n_words: int
    n_positions: int
    n_types: int
    epsilon: float
    first_position: int = 0  # row of the first token's position
    pooling: Literal["mean", "cls"] = "mean"

    @staticmethod
    def of(folder: Path) -> BertShape:
        """Read the folder of a Hugging Face encoder.

        Raises:
            BadInput: it is no encoder of the BERT family, or pools in another way.
        """
        config = _json(folder / "config.json")
        kind = config.get("model_type")
        if kind not in _FIRST_POSITION:
            raise BadInput(
                f"{folder} is an encoder of type {kind!r}",
                fix=f"give an encoder of one of these types: {', '.join(_FIRST_POSITION)}",
            )
        if (
            config.get("hidden_act", "gelu") != "gelu"
            or config.get("position_embedding_type", "absolute") != "absolute"
        ):
            raise BadInput(
                f"{folder} has {config.get('hidden_act')!r} or relative positions",
                fix="give an encoder with GELU and absolute positions, as BERT has them",
            )
        return BertShape(
            dim=config["hidden_size"],
            wide=config["intermediate_size"],
            n_layers=config["num_hidden_layers"],
            n_heads=config["num_attention_heads"],
            n_words=config["vocab_size"],
            n_positions=config["max_position_embeddings"],
            n_types=config.get("type_vocab_size", 2),
            epsilon=config.get("layer_norm_eps", 1e-12),
            first_position=_FIRST_POSITION[kind],
            pooling=_pooling(folder),
        )


def bert_name(name: str) -> str:
    """The name of a tensor without the prefix of a task's model, in today's spelling."""
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    for old, new in _OLD_NAMES:
        name = name.removesuffix(old) + new if name.endswith(old) else name
    return name


def _pooling(folder: Path) -> Literal["mean", "cls"]:
    file = folder / "1_Pooling" / "config.json"
    if not file.exists():
        return "mean"
    modes = {k for k, v in _json(file).items() if k.startswith("pooling_mode") and v}
    if modes == {"pooling_mode_cls_token"}:
        return "cls"
    if modes != {"pooling_mode_mean_tokens"}:
        raise BadInput(
            f"{file} asks for {', '.join(sorted(modes)) or 'no pooling'}",
            fix="give an encoder that pools by the mean of the tokens or the first token",
        )
    return "mean"


def _json(file: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise BadInput(
            f"{file.parent} has no {file.name}",
            fix="give the folder of a Hugging Face encoder: config.json, model.safetensors, tokenizer.json",
        ) from None
    except ValueError as error:
        raise BrokenFile(f"{file} is no JSON: {error}", fix="download the encoder again") from None
    if not isinstance(found, dict):
        raise BrokenFile(f"{file} is no JSON object", fix="download the encoder again")
    return found
