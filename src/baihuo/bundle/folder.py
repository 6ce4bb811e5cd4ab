"""A bundle: all models as one immutable folder, named by the hash of its content."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.core import BadInput, NotFound
from baihuo.engine import written_whole

Part: TypeAlias = Path | bytes | str | Mapping[str, Any] | list[Any] | tuple[Any, ...]
"""A file (or folder) to include, bytes, text, or a value to write as JSON."""

MANIFEST, GATE = "manifest.json", "gate.json"
_FORMAT = 1


def write(bundles: Path, parts: Mapping[str, Part]) -> str:
    """Seal ``parts`` into ``bundles/<bundle_id>`` and return the id.

    The id is the SHA-256 of the manifest, which lists the SHA-256 of every file, so equal content has an equal id, and opening detects any
    changed byte. Files given as paths are hard-linked
    where the disk allows (encoders are large), copied otherwise: never change such a file in place.

    Args:
        bundles: The shop's ``5-bundles`` folder.
        parts: Content by name in the bundle (may contain ``/``). A folder includes all its files.

    Raises:
        BadInput: a name leads outside the folder or is reserved, or a file could run code on
            loading (pickle).
    """
    bundles.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".writing-", dir=bundles))
    try:
        files: dict[str, dict[str, Any]] = {}
        for name, path in sorted(_placed(part, parts)):
            refuse_code(name, path)
            files[name] = {"sha256": _sha256(path), "n_bytes": path.stat().st_size}
        manifest = _json_bytes({"format": _FORMAT, "files": files})
        bundle_id = hashlib.sha256(manifest).hexdigest()[:16]
        (part / MANIFEST).write_bytes(manifest)
        _sync(part)
        if not (bundles / bundle_id).exists():  # equal content is the same bundle
            part.rename(bundles / bundle_id)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return bundle_id


class Bundle:
    """A sealed folder, read. Nothing in it changes; ``gate.json`` is the one note added later.

    Every file is verified: at opening, or at its first use.
    """

    def __init__(self, path: Path, bundle_id: str, files: Mapping[str, Mapping[str, Any]]) -> None:
        self.path, self.bundle_id, self._files = path, bundle_id, files
        self._unverified = {*files}

    @classmethod
    def open(cls, path: Path, *, verify: bool = True) -> Bundle:
        """Open ``path`` after checking every byte against the manifest and the folder's name.

        Args:
            path: ``5-bundles/<bundle_id>``.
            verify: False checks only the manifest, and each file at its first use.

        Raises:
            NotFound: there is no bundle.
            BadInput: a file was changed, is missing or was added.
        """
        if not (path / MANIFEST).is_file():
            raise NotFound(f"{path} is not a bundle", fix="train one: baihuo train")
        text = (path / MANIFEST).read_bytes()
        bundle_id = hashlib.sha256(text).hexdigest()[:16]
        if bundle_id != path.resolve().name:
            raise _broken(path, f"its manifest hashes to {bundle_id}")
        manifest = json.loads(text)
        if (form := manifest.get("format")) != _FORMAT:
            raise _of_another_version(path, form)
        files: dict[str, dict[str, Any]] = manifest["files"]
        present = {str(p.relative_to(path)) for p in path.rglob("*") if p.is_file()}
        present -= {MANIFEST, GATE}
        if present != set(files):
            raise _broken(path, f"missing or added: {sorted(present ^ set(files))[:5]}")
        bundle = cls(path, bundle_id, files)
        if verify:
            bundle._verify(*files)
        return bundle

    @property
    def names(self) -> tuple[str, ...]:
        """Every file in it, sorted."""
        return tuple(sorted(self._files))

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def file(self, name: str) -> Path:
        """Return the path of a file.

        Raises:
            NotFound: the bundle has none of that name.
            BadInput: it was changed.
        """
        if name not in self._files:
            raise NotFound(
                f"bundle {self.bundle_id} has no {name}", fix=f"it has {', '.join(self.names)}"
            )
        self._verify(name)
        return self.path / name

    def folder(self, name: str) -> Path:
        """Return the path of a folder of files, such as ``encoders``; errors as of :meth:`file`."""
        inner = [n for n in self._files if n.startswith(f"{name}/")]
        if not inner:
            raise NotFound(
                f"bundle {self.bundle_id} has no {name}/", fix=f"it has {', '.join(self.names)}"
            )
        self._verify(*inner)
        return self.path / name

    def text(self, name: str) -> str:
        """A text file's content."""
        return self.file(name).read_text(encoding="utf-8")

    def json(self, name: str) -> Any:
        """A JSON file's content."""
        return json.loads(self.text(name))

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """The arrays of an ``.npz`` file; objects are refused, so nothing in it can run."""
        with np.load(self.file(name), allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files}

    def gate(self) -> dict[str, Any] | None:
        """What the gate decided about this bundle; None: it has not run.

        Raises:
            BadInput: the note is about another bundle.
        """
        if not (self.path / GATE).exists():
            return None
        verdict: dict[str, Any] = json.loads((self.path / GATE).read_text(encoding="utf-8"))
        if verdict.get("bundle_id") != self.bundle_id:
            raise _broken(self.path, f"{GATE} speaks of bundle {verdict.get('bundle_id')}")
        return verdict

    def write_gate(self, verdict: Mapping[str, Any]) -> None:
        """Add (or replace) the gate's verdict. It is about the bundle, so not part of its hash."""
        with written_whole(self.path / GATE) as part:
            part.write_bytes(_json_bytes({"bundle_id": self.bundle_id, **verdict}))

    def _verify(self, *names: str) -> None:
        for name in self._unverified.intersection(names):
            actual, listed = _sha256(self.path / name), self._files[name]["sha256"]
            if actual != listed:
                why = f"{name} was changed: SHA-256 {actual}, {MANIFEST} says {listed}"
                raise _broken(self.path, why)
            self._unverified.discard(name)


def _placed(folder: Path, parts: Mapping[str, Part]) -> Iterable[tuple[str, Path]]:
    for name, part in parts.items():
        path = folder / name
        is_inside = path.resolve().is_relative_to(folder.resolve()) and path != folder
        if not is_inside or name in {MANIFEST, GATE}:
            raise BadInput(f"{name!r} cannot be a file of a bundle", fix="choose another name")
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(part, Path) and part.is_dir():
            for source in sorted(p for p in part.rglob("*") if p.is_file()):
                inner = path / source.relative_to(part)
                inner.parent.mkdir(parents=True, exist_ok=True)
                _take(source, inner)
                yield str(inner.relative_to(folder)), inner
            continue
        if isinstance(part, Path):
            _take(part, path)
        elif isinstance(part, bytes):
            path.write_bytes(part)
        elif isinstance(part, str):
            path.write_text(part, encoding="utf-8", newline="\n")
        else:
            path.write_bytes(_json_bytes(part))
        yield name, path


def _take(source: Path, target: Path) -> None:
    try:
        os.link(source.resolve(), target)
    except OSError:  # another disk, or one without hard links
        shutil.copyfile(source, target)


def _json_bytes(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, default=_plain)
    return text.encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _of_another_version(path: Path, form: object) -> BadInput:
    if isinstance(form, int) and form > _FORMAT:
        return BadInput(
            f"bundle {path.name} was sealed by a newer version (format {form}; this one reads {_FORMAT})",
            fix="update baihuo, or train with this version: baihuo train",
        )
    return _broken(path, f"format {form} is not {_FORMAT}")


def _broken(path: Path, reason: str) -> BadInput:
    return BadInput(
        f"bundle {path.name} is not what was sealed: {reason}",
        fix="restore the folder from a copy, or go back: baihuo rollback",
    )


_CODE_ENDINGS = {".pkl", ".pickle", ".pt", ".pth", ".joblib", ".dill", ".py", ".pyc", ".so"}


def refuse_code(name: str, path: Path) -> None:
    """Raise where a file is, or carries, a pickle or other code.

    Raises:
        BadInput: by its ending, by its first bytes, or by an object array inside an archive.
    """
    if path.suffix.lower() in _CODE_ENDINGS:
        raise _refused(name, f"files ending in {path.suffix} may run code")
    with path.open("rb") as file:
        head = file.read(2)
    if len(head) == 2 and head[0] == 0x80 and 2 <= head[1] <= 5:  # pickle protocols 2 to 5
        raise _refused(name, "it starts like a pickle")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                if Path(member).suffix.lower() in _CODE_ENDINGS:
                    raise _refused(name, f"it carries {member}")
                if member.endswith(".npy"):
                    with archive.open(member) as file:
                        # The header of an array of Python objects declares the dtype "|O".
                        if b"'|O'" in file.read(512).partition(b"}")[0]:
                            raise _refused(name, f"{member} holds Python objects, so a pickle")


def _refused(name: str, why: str) -> BadInput:
    return BadInput(
        f"{name} cannot go into a bundle: {why}",
        fix="save arrays as .npz or .safetensors, models as .onnx or text, the rest as .json",
    )
