"""A bundle made live, and the way back."""

from __future__ import annotations

from pathlib import Path

from baihuo.bundle import Bundle, Live, go_back, previous, read_live, set_live
from baihuo.core import GateClosed, NotFound


def release(bundles: Path, bundle_id: str, index_id: str) -> Live:
    """Let a bundle serve with an index generation: one rename, which running servers follow.

    Args:
        bundles: The shop's ``5-bundles``.
        bundle_id: Its gate must have been asked, and be open.
        index_id: The generation it serves with.

    Raises:
        GateClosed: the gate said no, or was not asked; says the reasons.
        BadInput: the bundle is not what was sealed.
        NotFound: there is no such bundle.
    """
    bundle = Bundle.open(bundles / bundle_id)
    said = bundle.gate()
    if said is None:
        raise GateClosed(
            f"the gate was not asked about bundle {bundle_id}", fix="evaluate it: baihuo evaluate"
        )
    if not said["is_open"]:
        reasons = "\n  - ".join(said["reasons"])
        raise GateClosed(
            f"bundle {bundle_id} failed its gate:\n  - {reasons}",
            fix=f"mend what it says and train again; all measures are in {bundle.path / 'gate.json'}",
        )
    return set_live(bundles, bundle_id, index_id)


def rollback(bundles: Path) -> Live:
    """Let the bundle before this one serve again, with its index generation.

    Raises:
        NotFound: nothing served before, or its folder is gone.
        BadInput: the older bundle is not what was sealed; what serves now goes on.
    """
    older = previous(read_live(bundles))
    if older is None:
        raise NotFound("no bundle served before this one", fix="release another bundle")
    Bundle.open(bundles / older.bundle_id)  # never swap to what cannot be opened
    return go_back(bundles)
