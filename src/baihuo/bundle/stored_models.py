"""Models in a bundle: each model's files under ``models/<name>/``, with its declared inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from baihuo.bundle.folder import Bundle, Part
from baihuo.core import BadInput
from baihuo.features import FeatureSet
from baihuo.model_inputs import EVIDENCE_COLUMNS, missing_columns
from baihuo.models import (
    CANDIDATE_FEATURES,
    PURCHASE_MODES,
    Files,
    Learns,
    Model,
    file_from_bytes,
    open_models,
    registered,
)

MODELS_FOLDER, COLUMNS_FILE = "models", "columns.json"
_OLDER = ("clicks/columns.json", *(f"ranker_{mode}.txt" for mode in PURCHASE_MODES))
"""Old location, before the contract of models."""
_PURCHASES = "sources/purchases.json"
_TRAIN_AGAIN = "train again with this version and release that: baihuo train, baihuo release"


def model_parts(models: Mapping[str, Model], *, mode: str = "") -> dict[str, Part]:
    """Return models as parts of a bundle.

    Args:
        mode: Name of one of several fits, such as for products new to a visitor.
    """
    parts: dict[str, Part] = {}
    for name, model in models.items():
        folder = _folder(name, mode)
        parts |= {f"{folder}{file}": content for file, content in model.files().items()}
        parts[f"{folder}{COLUMNS_FILE}"] = {"columns": list(model.columns)}
    return parts


def stored_files(bundle: Bundle, learns: Learns, *, mode: str = "") -> dict[str, Files]:
    """Return the files of models for such examples, by name."""
    stored = {}
    for name in _stored_names(bundle):
        spec, folder = registered().get(name), _folder(name, mode)
        if spec is not None and spec.learns == learns and f"{folder}{COLUMNS_FILE}" in bundle:
            stored[name] = _files(bundle, folder)
    return stored


def open_stored(bundle: Bundle, learns: Learns, *, mode: str = "") -> dict[str, Model]:
    """Open the models for such examples, by name.

    Raises:
        BadInput: as :func:`require_readable`.
    """
    require_readable(bundle)
    return open_models(stored_files(bundle, learns, mode=mode))


def require_readable(bundle: Bundle) -> None:
    """Refuse a bundle whose models this version cannot open or make inputs for. Opens no model.

    Raises:
        BadInput: an older version sealed it, a model is not registered, or it reads other inputs.
    """
    if older := [name for name in _OLDER if name in bundle]:
        raise BadInput(
            f"bundle {bundle.bundle_id} was trained by an older version, with models in another place ({older[0]})",
            fix=_TRAIN_AGAIN,
        )
    if _PURCHASES in bundle and (made := set(bundle.json(_PURCHASES)["features"])) != set(
        CANDIDATE_FEATURES
    ):
        changed = ", ".join(sorted(made ^ set(CANDIDATE_FEATURES))[:5])
        raise BadInput(
            f"bundle {bundle.bundle_id} was trained by an older version with other features of purchases: {changed}, …",
            fix=_TRAIN_AGAIN,
        )
    for name in _stored_names(bundle):
        if name not in registered():
            raise BadInput(
                f"bundle {bundle.bundle_id} has a model that this version does not know: {name}",
                fix=_TRAIN_AGAIN,
            )
        if missing := _missing(bundle, name):
            raise BadInput(
                f"the model {name} of bundle {bundle.bundle_id} reads inputs that this version does not make: "
                f"{', '.join(missing)}",
                fix=_TRAIN_AGAIN,
            )


def _missing(bundle: Bundle, name: str) -> list[str]:
    """Return the inputs of a stored model that are not made here."""
    wanted = list(dict.fromkeys(c for columns in _columns(bundle, name) for c in columns))
    if registered()[name].learns == "purchases":
        return [column for column in wanted if column not in CANDIDATE_FEATURES]
    if registered()[name].learns == "relevance":
        return [column for column in wanted if column not in EVIDENCE_COLUMNS]
    if "features.json" not in bundle:
        return []  # the ranker checks these against its features
    return missing_columns(wanted, FeatureSet.from_json(bundle.text("features.json")))


def _columns(bundle: Bundle, name: str) -> Iterator[list[str]]:
    for mode in ("", *PURCHASE_MODES):
        if (file := f"{_folder(name, mode)}{COLUMNS_FILE}") in bundle:
            yield bundle.json(file)["columns"]


def _stored_names(bundle: Bundle) -> list[str]:
    folders = {n.split("/")[1] for n in bundle.names if n.startswith(f"{MODELS_FOLDER}/")}
    return sorted(folders)


def _files(bundle: Bundle, folder: str) -> Files:
    names = (n.removeprefix(folder) for n in bundle.names if n.startswith(folder))
    return {
        name: file_from_bytes(name, bundle.file(f"{folder}{name}").read_bytes())
        for name in names
        if "/" not in name and name != COLUMNS_FILE
    }


def _folder(name: str, mode: str) -> str:
    return f"{MODELS_FOLDER}/{name}/{mode}/" if mode else f"{MODELS_FOLDER}/{name}/"
