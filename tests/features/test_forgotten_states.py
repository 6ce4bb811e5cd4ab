"""States that nothing serves from go; those of the live bundle and the one before it stay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from baihuo import bundle, flow
from baihuo.features import default_features, state_folder
from baihuo.settings import Shop


def test_a_damaged_older_bundle_fails_no_release_and_keeps_its_state(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    every = default_features()
    sets = [replace(every, lookbacks=every.lookbacks[:n], derived=()) for n in (1, 2, 3)]
    ids: list[str] = []
    for features in sets:
        parts: dict[str, str | dict[str, int]] = {
            "features.json": features.to_json(),
            "note.json": {"n": len(ids)},
        }
        ids.append(bundle.write(shop.bundles, parts))
        bundle.set_live(shop.bundles, ids[-1], "index")
        state_folder(shop.features, features).mkdir(parents=True)
    (shop.bundles / ids[1] / "note.json").write_text("{}")  # no longer what was sealed
    flow.delete_unused_states(shop)
    kept = {path.name for path in (shop.features / "state").iterdir()}
    assert kept == {sets[1].hash, sets[2].hash}
