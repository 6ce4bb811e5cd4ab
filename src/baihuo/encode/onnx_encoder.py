"""Encoders of the BERT family at 8 bits on ONNX Runtime: all-MiniLM-L6-v2, or what was adapted from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from baihuo.core import Progress, no_progress
from baihuo.encode.encoder import Vectors

MAX_TOKENS = 64  # titles and first sentences; longer text is cut
_BATCH_TOKENS = 2048  # padded tokens a call: flat from 1k to 8k, and small enough to stay in cache


class OnnxEncoder:
    """An encoder as :func:`baihuo.encode.export_bert` writes it.

    Args:
        folder: holds ``model.onnx`` and ``tokenizer.json``.
        weights_hash: of both files.
        name: under which it stands in the folder of encoders.
        n_threads: of ONNX Runtime. One is right for serving, all cores for building an index.
    """

    def __init__(
        self, folder: Path, *, weights_hash: str, name: str = "minilm", n_threads: int = 1
    ) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self.name, self.hash = name, weights_hash
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = n_threads, 1
        # Spinning threads burn the core that another worker could use.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self.dim = int(self._session.get_outputs()[0].shape[1])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def encode(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        """One vector of length 1 a text. Texts of like length share a batch: little is padding."""
        vectors = np.empty((len(texts), self.dim), np.float32)
        ids = [e.ids for e in self._tokenizer.encode_batch(list(texts))]
        lengths = np.fromiter(map(len, ids), np.int64, count=len(ids))
        order, done = np.argsort(lengths, kind="stable"), 0
        while done < len(order):
            longest = int(lengths[order[done]])
            end = done
            # The batch grows while its padded size stays within the budget.
            while end < len(order):
                longest = int(lengths[order[end]])
                if end > done and longest * (end - done + 1) > _BATCH_TOKENS:
                    break
                end += 1
            batch = order[done:end]
            width = int(lengths[batch[-1]])
            tokens = np.zeros((len(batch), width), np.int32)
            for row, at in enumerate(batch):
                tokens[row, : lengths[at]] = ids[at]
            mask = (np.arange(width) < lengths[batch, None]).astype(np.int32)
            vectors[batch] = self._session.run(None, {"input_ids": tokens, "attention_mask": mask})[
                0
            ]
            done = end
            progress("encode", done, len(order))
        return vectors

    def has_word(self, word: str) -> bool:
        """Whether a lower-case word is a single piece of the vocabulary: a frequent word of English."""
        return self._tokenizer.token_to_id(word) is not None
