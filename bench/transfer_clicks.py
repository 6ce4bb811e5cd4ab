"""What a new shop gains by starting from another shop's click models: after k days of its own, beside training from nothing.

    python bench/transfer_clicks.py                   two pairs of sample shops that nothing was chosen on
    python bench/transfer_clicks.py --seeds 5:6 --days 1,3,7,14 --new-events 30000

A pair is a shop with nine weeks of history, whose click models have learned (`baihuo train`), and another with another catalogue
and other people. Of the other, the first k days train, choose and calibrate, and the seven days after them are measured:

baseline      popularity, or relevance of the words on searches; log-loss of the best constant
scratch       trained on k days alone
as_they_are   the other shop's models, chosen and calibrated on k days
continued     the other shop's models, trained on over k days (`train --start-from`)
served        what `train --start-from` takes of these; none: it has too few clicks to test any

ndcg10        by outcomes (click 1, cart 3, purchase 7) of pages with any, in the order that would serve
log_loss, auc of P(click) at the position each had, calibrated
minus_scratch paired differences over visitors, 95%: one line for k days of a pair, one of all pairs

A shop is made, imported, checked and indexed in four minutes of CPU, and read again from --work.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import auc, paired_bootstrap
from suites.position.shops import LoggedShop
from suites.shared.measure import emit
from suites.transfer.click_shops import Log, Measured, measured

_AFTER_DAYS = 7
Visitors = NDArray[np.int64]


def main() -> None:
    ask_for = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ask_for.add_argument("--seeds", default="9101:9102,9103:9104", help="old:new, …")
    ask_for.add_argument("--days", default="1,3,7,14", help="of the new shop's own data")
    ask_for.add_argument("--products", type=int, default=1_500, help="of each shop")
    ask_for.add_argument("--events", type=int, default=120_000, help="of the old shop")
    ask_for.add_argument("--new-events", type=int, help="of the new shop (default: as many)")
    ask_for.add_argument("--work", type=Path, help="keep the shops here, and use those there")
    given = ask_for.parse_args()
    days = [int(k) for k in given.days.split(",")]
    found: dict[int, list[tuple[dict[str, Measured], NDArray[np.float32], Visitors, Visitors]]] = (
        defaultdict(list)
    )
    with tempfile.TemporaryDirectory(prefix="baihuo-transfer-") as folder:
        work = given.work or Path(folder)
        for pair in given.seeds.split(","):
            n_new = given.new_events or given.events
            old_seed, new_seed = (int(one) for one in pair.split(":"))
            old = _log(work, old_seed, given.products, given.events)
            new = _log(work, new_seed, given.products, n_new)
            start = old.learned(float("inf"), seed=1)
            for k in days:
                scratch, continued = (new.learned(k, seed=1, start=one) for one in (None, start))
                models = {
                    "baseline": None,
                    "scratch": scratch.models,
                    "as_they_are": new.as_they_are(k, start, seed=1).models,
                    "continued": continued.models,
                }
                served = new.way_of_product(k, continued, scratch)
                rows = new.between(k, k + _AFTER_DAYS)
                by_way = {n: measured(one, rows, new.columns) for n, one in models.items()}
                by_way["served"] = by_way["baseline" if served == "none" else served]
                _, first = np.unique(rows.page, return_index=True)
                of_pair = (by_way, rows.clicks, rows.visitor, rows.visitor[first])
                found[k].append(of_pair)
                n_clicks = int(new.rows.clicks[new.days < k].sum())
                emit(pair=pair, days=k, n_clicks=n_clicks, served_way=served, **_lines([of_pair]))
    for k, pairs in found.items():
        emit(days=k, n_pairs=len(pairs), **_lines(pairs))


def _log(work: Path, seed: int, n_products: int, n_events: int) -> Log:
    print(f"sample shop {seed}", file=sys.stderr, flush=True)
    folder = work / f"{seed}-{n_products}-{n_events}"
    return Log(
        LoggedShop.made(
            folder, click_model="mixed", seed=seed, n_products=n_products, n_events=n_events
        )
    )


def _lines(
    pairs: list[tuple[dict[str, Measured], NDArray[np.float32], Visitors, Visitors]],
) -> dict[str, object]:
    """Of one or several pairs; visitors of two shops are other visitors."""
    clicks = np.concatenate([one[1] for one in pairs])
    by_row = np.concatenate([one[2] + i * 10_000_000 for i, one in enumerate(pairs)])
    by_page = np.concatenate([one[3] + i * 10_000_000 for i, one in enumerate(pairs)])
    together = {
        name: Measured(
            *(
                np.concatenate([getattr(one[0][name], part) for one in pairs])
                for part in ("ndcg", "losses", "p")
            )
        )
        for name in pairs[0][0]
    }
    scratch = together["scratch"]
    return {
        name: {
            "ndcg10": round(float(np.nanmean(one.ndcg)), 4),
            "log_loss": round(float(one.losses.mean()), 4),
            "auc": round(auc(one.p, clicks), 4) if name != "baseline" else None,
            "minus_scratch": {
                "ndcg10": _interval(one.ndcg, scratch.ndcg, by_page),
                "log_loss": _interval(one.losses, scratch.losses, by_row),
            },
        }
        for name, one in together.items()
    }


def _interval(
    ours: NDArray[np.float64], theirs: NDArray[np.float64], visitors: Visitors
) -> list[float]:
    """Mid, low, high."""
    gain = paired_bootstrap(ours, theirs, seed=1, clusters=visitors).to_json()
    return [round(gain[name], 4) for name in ("mid", "low", "high")]


if __name__ == "__main__":
    main()
