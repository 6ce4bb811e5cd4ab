"""BERT in torch, to be trained: the same function as :func:`baihuo.encode.export` writes for serving.

Parameters have the names of Hugging Face files, so that ``model.safetensors`` is loaded and written as it is.
Source: Devlin et al., BERT (2018); pooling as in Reimers and Gurevych, Sentence-BERT (2019).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from baihuo.encode import BertShape


class Bert(nn.Module):
    """Token ids to vectors of length 1. Without dropout: fine-tuning is one short pass.

    Args:
        shape: sizes, as the encoder's ``config.json`` has them.
    """

    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        self.shape = shape
        self.embeddings = _Embeddings(shape)
        self.encoder = nn.Module()
        self.encoder.layer = nn.ModuleList(_Layer(shape) for _ in range(shape.n_layers))

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """``[texts, dim]`` of length 1.

        Args:
            ids: ``[texts, tokens]``, padded at the end with any id.
            lengths: ``[texts]``, tokens of each text.
        """
        return functional.normalize(self.pooled(ids, lengths), dim=1)

    def pooled(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """``[texts, dim]``: the mean over tokens, or the first token; not yet of length 1."""
        hidden = self.hidden(ids, lengths)
        if self.shape.pooling == "cls":
            return hidden[:, 0].float()
        mask = self._mask(ids, lengths)[..., None]
        return (hidden.float() * mask).sum(1) / lengths[:, None]

    def hidden(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """``[texts, tokens, dim]``: the last layer."""
        is_there = self._mask(ids, lengths)[:, None, None, :]
        mask = torch.zeros(is_there.shape).masked_fill(~is_there, -1e4)
        hidden: Tensor = self.embeddings(ids)
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return hidden

    @property
    def layers(self) -> nn.ModuleList:
        """The layers, first one first."""
        found: Any = self.encoder.layer
        return found

    @staticmethod
    def _mask(ids: Tensor, lengths: Tensor) -> Tensor:
        return torch.arange(ids.shape[1])[None] < lengths[:, None]


class _Embeddings(nn.Module):
    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        self.first_position = shape.first_position
        self.word_embeddings = nn.Embedding(shape.n_words, shape.dim)
        self.position_embeddings = nn.Embedding(shape.n_positions, shape.dim)
        self.token_type_embeddings = nn.Embedding(shape.n_types, shape.dim)
        self.LayerNorm = nn.LayerNorm(shape.dim, eps=shape.epsilon)

    def forward(self, ids: Tensor) -> Tensor:
        places = torch.arange(self.first_position, self.first_position + ids.shape[1])
        found = self.word_embeddings(ids) + self.position_embeddings(places)
        normed: Tensor = self.LayerNorm(found + self.token_type_embeddings.weight[0])
        return normed


class _Layer(nn.Module):
    """Attention and feed-forward, each added to what came in and normalised."""

    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        dim = shape.dim
        self.n_heads = shape.n_heads
        self.attention = nn.Module()
        self.attention.self = nn.ModuleDict(
            {name: nn.Linear(dim, dim) for name in ("query", "key", "value")}
        )
        self.attention.output = _dense_and_norm(dim, dim, shape.epsilon)
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(dim, shape.wide)})
        self.output = _dense_and_norm(shape.wide, dim, shape.epsilon)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        n, t, dim = x.shape
        parts: Any = self.attention.self
        query, key, value = (
            parts[name](x).view(n, t, self.n_heads, -1).transpose(1, 2)
            for name in ("query", "key", "value")
        )
        # Written out: the fused operator's way back takes half of a step on CPUs.
        scores = (query / query.shape[-1] ** 0.5) @ key.transpose(2, 3)
        found = torch.softmax(scores + mask, dim=-1).to(value.dtype) @ value
        out: Any = self.attention.output
        x = out["LayerNorm"](x + out["dense"](found.transpose(1, 2).reshape(n, t, dim)))
        wide = functional.gelu(self.intermediate["dense"](x))
        normed: Tensor = self.output["LayerNorm"](x + self.output["dense"](wide))
        return normed


def _dense_and_norm(wide: int, dim: int, epsilon: float) -> nn.ModuleDict:
    return nn.ModuleDict(
        {"dense": nn.Linear(wide, dim), "LayerNorm": nn.LayerNorm(dim, eps=epsilon)}
    )
