"""Which states of the features are kept."""

from __future__ import annotations

import shutil

from baihuo import bundle
from baihuo.bundle import Bundle
from baihuo.features import state_folder
from baihuo.flow.opening import features_of
from baihuo.settings import Shop


def forget_states(shop: Shop) -> None:
    """features: states that neither the live bundle nor the one before it serves from are deleted."""
    live = bundle.read_live(shop.bundles)
    served = {pair.bundle_id for pair in (live and live.now, bundle.previous(live)) if pair}
    kept = {
        state_folder(shop.features, features_of(Bundle.open(path)))
        for path in (shop.bundles / bundle_id for bundle_id in served)
        if path.exists()
    }
    for folder in (shop.features / "state").glob("*"):
        if folder.is_dir() and folder not in kept:
            shutil.rmtree(folder, ignore_errors=True)
