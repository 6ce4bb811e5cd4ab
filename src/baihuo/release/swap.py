"""A bundle made live, and the way back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from baihuo.bundle import Bundle, LiveBundles, previous, read_live, roll_back, set_live
from baihuo.core import GateClosed, NotFound
from baihuo.release.gate import ForcedRelease


def release(
    bundles: Path, bundle_id: str, index_id: str, *, forced: ForcedRelease | None = None
) -> LiveBundles:
    """Let a bundle serve with an index generation: one rename, which running servers follow.

    Args:
        bundles: The shop's ``5-bundles``.
        bundle_id: Its gate must have been asked, and be open.
        index_id: The generation it serves with.
        forced: Who lets it serve although the gate refused it, and why. Kept in its ``gate.json``; data
            that failed its checks is never let in. Ignored where the gate is open.

    Raises:
        GateClosed: the gate said no, or was not asked; says the reasons.
        BadInput: the bundle is not what was sealed.
        NotFound: there is no such bundle.
    """
    bundle = Bundle.open(bundles / bundle_id)
    said = bundle.gate()
    if said is None:
        raise GateClosed(
            f"the gate was not asked about bundle {bundle_id}",
            fix=f"let it be asked: baihuo release {bundle_id}",
        )
    if not said["is_open"]:
        if forced is None or not said.get("may_be_forced"):
            raise _closed(bundle, said, was_forced=forced is not None)
        bundle.write_gate({**said, "forced": asdict(forced)})
    return set_live(bundles, bundle_id, index_id)


def _closed(bundle: Bundle, said: dict[str, Any], *, was_forced: bool) -> GateClosed:
    reasons = "\n  - ".join(said["reasons"])
    measures = f"all measures are in {bundle.path / 'gate.json'}"
    if not said.get("may_be_forced"):
        never = "; --force does not let in data that failed its checks" if was_forced else ""
        fix = f"correct the data (baihuo check names the rows) and train again; {measures}{never}"
    else:
        fix = (
            "correct what it says and train again, change the setting it names in shop.yaml, or serve it "
            f'all the same: baihuo release {bundle.bundle_id} --force --reason "why"; {measures}'
        )
    return GateClosed(f"bundle {bundle.bundle_id} failed its gate:\n  - {reasons}", fix=fix)


def rollback(bundles: Path) -> LiveBundles:
    """Let the bundle before this one serve again, with its index generation.

    Raises:
        NotFound: nothing served before, or its folder is gone.
        BadInput: the older bundle is not what was sealed; what serves now goes on.
    """
    older = previous(read_live(bundles))
    if older is None:
        raise NotFound("no bundle served before this one", fix="release another bundle")
    Bundle.open(bundles / older.bundle_id)  # never swap to what cannot be opened
    return roll_back(bundles)
