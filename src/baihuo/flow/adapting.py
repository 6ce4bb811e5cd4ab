"""The shop's own text encoder: trained on its catalogue and log, taken only where it is better, and taken back."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from baihuo.core import BadInput, NotFound, Product, Progress, Unsupported, file_lock, no_progress
from baihuo.encode import MANIFEST, MINILM, MULTILINGUAL, Encoders
from baihuo.engine import full_disk_named, link_or_copy, written_whole
from baihuo.flow.resources import catalogue_of, encoder_folder, engine
from baihuo.settings import Shop
from baihuo.train import AdaptSettings

PUBLISHED = "published"
PROVENANCE = "adapted.json"
SCRIPTS = {"latin": MINILM, "chinese": MULTILINGUAL}


@dataclass(frozen=True, slots=True)
class Adapted:
    """What adapting ended with."""

    version: str  # the folder's name
    is_taken: bool
    report: Mapping[str, Any]  # ``adapted.json``


def adapt(shop: Shop, settings: AdaptSettings, *, progress: Progress = no_progress) -> Adapted:
    """encode: train the encoder of a script on the shop's own text, and use it from the next index on if it is better.

    Nothing changes before the end: a run that is stopped leaves the shop as it was.

    Raises:
        NotFound: there is no clean catalogue yet.
        BadInput: too few products, too short a budget, or an unusable folder of an encoder.
        Unsupported: ``baihuo[train]`` is not installed.
        Conflict: another run adapts this shop.
    """
    catalogue = catalogue_of(shop)
    _require_torch()
    lock = shop.train / "adapt.lock"
    with file_lock(lock, work=f"another run adapts {shop.root}"), full_disk_named(shop.root):
        return _adapt(shop, catalogue, settings, progress)


def _adapt(
    shop: Shop, catalogue: list[Product], settings: AdaptSettings, progress: Progress
) -> Adapted:
    from baihuo.train import adapt_encoder, clicked_queries

    name = settings.encoder
    used = encoder_folder(shop, progress=progress)
    typed = {}
    if any(shop.clean_events.glob("*.parquet")):
        typed = clicked_queries(engine(shop), shop.clean_events, name)
    shop.adapted.mkdir(parents=True, exist_ok=True)
    for left in shop.adapted.glob(".part-*"):  # of a run that was killed: we hold the lock
        shutil.rmtree(left, ignore_errors=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=shop.adapted))
    try:
        before = Encoders.open(used, n_threads=settings.threads).get(name)
        adapted = adapt_encoder(catalogue, typed, before, part / name, settings, progress)
        manifest = json.loads((used / MANIFEST).read_text("utf-8"))
        for other in manifest.keys() - {name}:
            shutil.copytree(used / other, part / other, copy_function=link_or_copy)
        manifest[name] = adapted.entry
        (part / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        version = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{adapted.entry['hash'][:8]}"
        report = {"version": version, "encoder": name, **adapted.provenance}
        (part / PROVENANCE).write_text(json.dumps(report, indent=1), "utf-8")
        if adapted.verdict.is_better:
            os.replace(part, shop.adapted / version)
            use_encoders(shop, version)
        return Adapted(version, adapted.verdict.is_better, report)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def use_encoders(shop: Shop, version: str) -> None:
    """Choose the encoders of the next index: a version of :func:`adapted_versions`, or ``published``.

    Raises:
        NotFound: there is no such version.
    """
    known = [PUBLISHED, *adapted_versions(shop)]
    if version not in known:
        raise NotFound(
            f"{shop.root} has no encoders {version!r}", fix=f"name one of these: {', '.join(known)}"
        )
    if version == PUBLISHED:
        shop.encoders_in_use.unlink(missing_ok=True)
        return
    with written_whole(shop.encoders_in_use) as part:
        part.write_text(json.dumps({"adapted": version}), "utf-8")


def adapted_versions(shop: Shop) -> dict[str, dict[str, Any]]:
    """Adapted encoders of the shop, oldest first, with what is known of each.

    Raises:
        NotFound: there is no such folder.
        BadInput: what is known of one cannot be read.
    """
    if not shop.root.is_dir():
        raise NotFound(f"no folder {shop.root}", fix="name the folder of a shop")
    found = {}
    for file in sorted(shop.adapted.glob(f"[!.]*/{PROVENANCE}")):
        try:
            found[file.parent.name] = dict(json.loads(file.read_text("utf-8")))
        except (ValueError, TypeError) as error:
            raise BadInput(
                f"{file} cannot be read: {error}",
                fix=f"delete {file.parent}; searches are as they were before it was trained",
            ) from error
    return found


def script_of(shop: Shop, script: str | None) -> str:
    """The name of the encoder for a script; by default that of most titles.

    Raises:
        BadInput: no such script.
        NotFound: there is no clean catalogue yet.
    """
    if script is not None and script not in SCRIPTS:
        raise BadInput(f"--script {script!r} is unknown", fix=f"use {' or '.join(SCRIPTS)}")
    if script is not None:
        return SCRIPTS[script]
    products = catalogue_of(shop)
    n_en, n_zh = sum(bool(p.title_en) for p in products), sum(bool(p.title_zh) for p in products)
    return MINILM if n_en >= n_zh else MULTILINGUAL


def _require_torch() -> None:
    try:
        import onnx  # noqa: F401
        import safetensors  # noqa: F401
        import torch  # noqa: F401
    except ImportError as missing:
        raise Unsupported(
            f"adapting an encoder needs {missing.name}", fix="pip install 'baihuo[train]'"
        ) from missing
