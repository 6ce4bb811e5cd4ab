"""Rows that come back from quarantine, in servers that run.

A person's fixed copy, a release from quarantine or a changed rule lets a row in with the next check. Then the state of the live
features is made of the clean rows again, with that row in its place in time and without the one that it replaces, and running servers
are asked to take it over; what came to the log since is counted on top. Nothing is added to counters, so nothing can be added
twice: a check that is killed in between does the same again, and a worker that is killed starts from the new state.
"""

from __future__ import annotations

from baihuo import bundle
from baihuo.core import Progress, no_progress
from baihuo.features import Replay, read_replay, replay_of, state_folder, write_replay
from baihuo.flow.making_states import decided_on_rows, make_state
from baihuo.flow.resources import features_of
from baihuo.quality import QualityReport
from baihuo.settings import Shop


def replay(shop: Shop, report: QualityReport, *, progress: Progress = no_progress) -> bool:
    """Let rows that came back since the last time count in running servers; whether there were any.

    Nothing is done before the first release, and while the checks stop: what failed must not reach visitors.
    """
    live = bundle.read_live(shop.bundles)
    if live is None or report.stops:
        return False
    decided, asked = decided_on_rows(shop), read_replay(shop.replay_file)
    if asked is not None and asked.made_of == decided:
        return False
    features = features_of(bundle.Bundle.open(shop.bundles / live.bundle_id, verify=False))
    folder = state_folder(shop.features, features)
    made = replay_of(folder)
    if made is None or made.made_of != decided:
        make_state(shop, features, progress=progress)
        made = replay_of(folder)
    if made is None:  # replaced by one that an older version makes
        return False
    write_replay(shop.replay_file, Replay(made.at_us, decided))
    return True
