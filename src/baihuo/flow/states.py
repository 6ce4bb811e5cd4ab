"""Which states of the features are kept."""

from __future__ import annotations

import shutil

from baihuo import bundle
from baihuo.features import FeatureSet, state_folder
from baihuo.settings import Shop


def delete_unused_states(shop: Shop) -> None:
    """features: states that neither the live bundle nor the one before it serves from are deleted.

    Only the declarations of those bundles are read: one of them that is damaged elsewhere must not fail a
    release that is done. Where they cannot be read, every state stays.
    """
    live = bundle.read_live(shop.bundles)
    served = {pair.bundle_id for pair in (live and live.now, bundle.previous(live)) if pair}
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
