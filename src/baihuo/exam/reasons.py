"""Why a check could not be examined on these rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from baihuo.exam.workspace import Rows
from baihuo.faults import Fault
from baihuo.quality import CHECKS, Check

_OURS = {check.name for check in CHECKS}


def reason_for(
    check: Check,
    faults: Sequence[Fault],
    counts: Mapping[str, int],
    not_checked: Sequence[str],
    rows: Rows,
) -> str:
    """In words; empty of a check that was examined.

    Args:
        faults: that the check should find.
        counts: ``n_injected`` and ``n_excused`` over all rounds.
        not_checked: what the checks said of the unmodified rows, as "purchase_before_view: this log holds no views".
    """
    if counts["n_injected"]:
        return ""
    if not rows[check.on]:
        return "no events" if check.on == "events" else "no products"
    for words in not_checked:
        names, _, why = words.partition(": ")
        if why and {check.name, check.step} & set(re.findall(r"\w+", names)):
            return f"not checked: {why}"
    if not faults:
        return "no fault for it yet" + ("" if check.name in _OURS else " (a check of your own)")
    if counts["n_excused"]:
        return "earlier checks rightly took out every row with its fault"
    needs = list(dict.fromkeys(fault.needs for fault in faults if not fault.is_second))
    return f"none or too few: {' or '.join(needs[:2])}"
