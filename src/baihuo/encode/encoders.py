"""The encoders of a bundle, and which one encodes which text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from baihuo.core import BadInput, NotFound, has_han
from baihuo.encode.encoder import Encoder
from baihuo.encode.multilingual import Multilingual
from baihuo.encode.onnx_encoder import OnnxEncoder
from baihuo.encode.resolve import sha256_of

MINILM, MULTILINGUAL = "minilm", "multilingual"
MANIFEST = "encoders.json"
BERT, UNIVERSAL = "bert", "universal"
_KINDS: dict[str, Callable[..., Encoder]] = {BERT: OnnxEncoder, UNIVERSAL: Multilingual}
_PUBLISHED = {MINILM: BERT, MULTILINGUAL: UNIVERSAL}  # kinds of a manifest that names none


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
            BadInput: ``verify``, and a file changed.
        """
        manifest = folder / MANIFEST
        if not manifest.exists():
            raise NotFound(f"no encoders in {folder}", fix="run `baihuo train`, which exports them")
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
            kind = entry.get("kind") or _PUBLISHED[name]
            opened[name] = _KINDS[kind](
                folder / name, weights_hash=entry["hash"], name=name, n_threads=n_threads
            )
        return Encoders(opened)

    def for_text(self, text: str) -> Encoder:
        """Chinese characters go to the multilingual encoder, everything else to MiniLM."""
        wanted = MULTILINGUAL if has_han(text) else MINILM
        return self._encoders.get(wanted) or next(iter(self._encoders.values()))

    def get(self, name: str) -> Encoder:
        """The encoder called ``name``.

        Raises:
            KeyError: the folder has none of that name.
        """
        return self._encoders[name]

    def has_word(self, word: str) -> bool:
        """Whether an encoder's vocabulary has the lower-case word as a whole: it is no misspelling."""
        tests = (getattr(encoder, "has_word", None) for encoder in self)
        return any(test(word) for test in tests if test is not None)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the encoders, as in the folder."""
        return tuple(self._encoders)

    def __iter__(self) -> Iterator[Encoder]:
        return iter(self._encoders.values())
