"""A model on this machine: a GGUF file behind llama.cpp's own server, on loopback, for as long as it is needed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from baihuo.core import BadInput, NotFound, Unsupported
from baihuo.llm.chat import ModelAddress

_CONTEXT = 2048  # tokens; questions have a few hundred


@contextmanager
def local_model(gguf: Path, *, sha256: str = "", threads: int = 2) -> Iterator[ModelAddress]:
    """The address of a server of ``gguf``, which ends with the block.

    Args:
        sha256: Of the file, if only this one may be used.
        threads: Of the processor.

    Raises:
        NotFound: no such file.
        BadInput: no GGUF, a damaged one, or another file than ``sha256`` says.
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
    if sha256 and actual != sha256.lower():
        raise BadInput(
            f"{gguf} has the SHA-256 {actual}, llm.sha256 of shop.yaml says {sha256}",
            fix="get the file again, or write the new hash if the change is meant",
        )
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
