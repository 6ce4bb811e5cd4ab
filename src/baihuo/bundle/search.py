"""Parts of a bundle that searches read before any model: the thresholds of answer sets, and what ``baihuo tune search`` chose."""

from __future__ import annotations

from collections.abc import Mapping

from baihuo.bundle.folder import Bundle, Part, write
from baihuo.core import BadInput, ShopPaths
from baihuo.encode import Encoders
from baihuo.index import UNTUNED, Generation, SearchTuning, Thresholds, read_synonyms

THRESHOLDS_FILE, TUNING_FILE = "thresholds.json", "search_tuning.json"


def thresholds_of(bundle: Bundle | None) -> Thresholds:
    """The thresholds as they were trained, or the defaults."""
    if bundle is None or THRESHOLDS_FILE not in bundle:
        return Thresholds()
    return Thresholds.from_json(bundle.json(THRESHOLDS_FILE))


def tuning_of(bundle: Bundle | None) -> SearchTuning:
    """What tunes the bundle's searches; the defaults where nothing was tuned.

    Raises:
        BadInput: another version wrote it.
    """
    if bundle is None or TUNING_FILE not in bundle:
        return UNTUNED
    try:
        return SearchTuning.from_json(bundle.json(TUNING_FILE))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"bundle {bundle.bundle_id}: {TUNING_FILE}: {error}",
            fix="update baihuo, or go back to the bundle before it: baihuo rollback",
        ) from error


def tuning_parts(tuning: SearchTuning) -> dict[str, Part]:
    """The part of a bundle; nothing where nothing was tuned."""
    return {} if tuning == UNTUNED else {TUNING_FILE: tuning.to_json()}


def with_tuning(bundle: Bundle, tuning: SearchTuning, *, index_id: str) -> str:
    """Seal the same bundle with another tuning, over the index that serves now, and return its id.

    Every other file is a link to the bundle's own, and no note of where it came from is added: without its tuning, a bundle is
    the one that it was made of, with the same id.
    """
    parts: dict[str, Part] = {name: bundle.file(name) for name in bundle.names}
    parts.pop(TUNING_FILE, None)
    report = bundle.json("report.json")
    if report["index_id"] != index_id:
        parts["report.json"] = {**report, "index_id": index_id}
    return write(bundle.path.parent, parts | tuning_parts(tuning))


def open_generation(
    bundle: Bundle,
    paths: ShopPaths,
    *,
    index_id: str | None = None,
    encoders: Encoders | None = None,
) -> Generation:
    """Open an index as a bundle's searches use it: with its encoders, its tuning, and the shop's synonyms.

    Args:
        index_id: None: the index that the bundle was trained over.
        encoders: the bundle's, where they are open.

    Raises:
        NotFound: the index was deleted.
        BadInput: other encoders made its vectors, or a line of the synonyms is wrong.
    """
    report: Mapping[str, str] = {} if index_id else bundle.json("report.json")
    return Generation.open(
        paths.index / (index_id or report["index_id"]),
        encoders or Encoders.open(bundle.folder("encoders"), verify=False),
        read_synonyms(paths.synonyms),
        tuning_of(bundle),
    )
