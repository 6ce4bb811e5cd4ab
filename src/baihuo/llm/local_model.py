"""A model on this machine: a GGUF file behind llama.cpp's own server, on loopback, for as long as it is needed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from baihuo.core import BadInput, NotFound, Unsupported
from baihuo.engine import written_whole
from baihuo.llm.chat import ModelAddress

_CONTEXT = 2048  # tokens; questions have a few hundred


@contextmanager
def local_model(
    gguf: Path, *, sha256: str = "", pins: Path | None = None, threads: int = 2
) -> Iterator[ModelAddress]:
    """The address of a server of ``gguf``, which ends with the block.

    Args:
        sha256: Of the file. Empty: the one in ``pins``.
        pins: A file with the hash of each model that was used, so that none is exchanged unseen; written at the first use of a model.
        threads: Of the processor.

    Raises:
        NotFound: no such file.
        BadInput: no GGUF, a damaged one, or another file than ``sha256`` or ``pins`` says.
        Unsupported: the extra is not installed.
    """
    if not gguf.is_file():
        raise NotFound(
            f"no model at {gguf}", fix="give the path of a .gguf file as llm.gguf of shop.yaml"
        )
    with gguf.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise BadInput(
                f"{gguf} is no GGUF file", fix="give a model in GGUF, the format of llama.cpp"
            )
    with gguf.open("rb") as file:
        actual = hashlib.file_digest(file, "sha256").hexdigest()
    known = dict(_pinned(pins))
    pinned, says = (sha256, "llm.sha256 of shop.yaml") if sha256 else (known.get(str(gguf)), pins)
    if pinned and actual != pinned.lower():
        raise BadInput(
            f"{gguf} has the SHA-256 {actual}, {says} says {pinned}",
            fix=f"get the file again, or write sha256: {actual} below llm in shop.yaml if the change is meant",
        )
    if pins is not None and known.get(str(gguf)) != actual:
        known[str(gguf)] = actual
        pins.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(pins) as part:
            part.write_text("".join(f"{h}  {name}\n" for name, h in known.items()), "utf-8")
    if find_spec("xllamacpp") is None:
        raise Unsupported(
            "a model on this machine needs llama.cpp",
            fix="pip install 'baihuo[llm]', or name the address of a running server as llm.address",
        )
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(gguf)
    params.n_ctx = _CONTEXT
    params.n_parallel = 1
    params.cpuparams.n_threads = threads
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as error:
        raise BadInput(
            f"llama.cpp cannot load {gguf}: {error}",
            fix="get the file again, or name another model as llm.gguf of shop.yaml",
        ) from error
    try:
        yield ModelAddress(f"{server.listening_address}/v1", gguf.name, f"sha256:{actual}")
    finally:
        del server  # its destructor stops the threads and frees the weights


def _pinned(pins: Path | None) -> Iterator[tuple[str, str]]:
    """Path and hash of each model, of a file that ``sha256sum -c`` reads, too."""
    if pins is not None and pins.exists():
        for line in pins.read_text("utf-8").splitlines():
            sha256, _, name = line.partition("  ")
            yield name, sha256
