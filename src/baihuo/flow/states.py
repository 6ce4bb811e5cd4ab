"""Deletion of feature states that nothing serves from."""

from __future__ import annotations

import shutil

from baihuo import bundle
from baihuo.features import FeatureSet, state_folder
from baihuo.settings import Shop


def delete_unused_states(shop: Shop) -> None:
    """features: delete the states that neither the live bundle nor the previous one serves from.

    Of those bundles only the declaration is read: a bundle that is damaged elsewhere must not fail a
    release that has happened. Where it cannot be read, every state is kept.
    """
    live = bundle.read_live(shop.bundles)
    served = {
        release.bundle_id for release in (live and live.now, bundle.previous(live)) if release
    }
    declared = [shop.bundles / bundle_id / "features.json" for bundle_id in served]
    try:
        kept = {
            state_folder(shop.features, FeatureSet.from_json(path.read_text(encoding="utf-8")))
            for path in declared
            if path.parent.exists()
        }
    except (OSError, ValueError, KeyError, TypeError):
        return
    for folder in (shop.features / "state").glob("*"):
        if folder.is_dir() and folder not in kept:
            shutil.rmtree(folder, ignore_errors=True)
