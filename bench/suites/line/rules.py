"""Which rules ours runs with: all of them, or those alone that the script by hand has, too.

The second is a ``quality.yaml`` as a user writes it, whose ``skip`` turns every other check off. What the script has is
written down; what ours has more is taken from the registry, so that a new check is never counted as one of the script's.
"""

from __future__ import annotations

from pathlib import Path

RULES = ("all", "script")
OF_SCRIPT = frozenset(
    """
    bad_listing_price same_product
    no_product huge_value bad_quantity bad_price bad_position bad_dwell bad_rating
    wrong_time_zone skewed_clock stuck_clock frozen_time
    not_yet too_old too_late from_the_future received_before_it_occurred
    same_id reused_id same_content
    unknown_product resolved_product
    click_before_impression purchase_before_view
    cancel_without_purchase cancel_of_more_than_bought cancel_of_earlier_purchase
    flood crowd ad_click_again ad_click_not_shown bot
    broken_session
    contradictory_rating undone_purchase purchase_taken_back recovered_query
    shared_position product_twice
    wrong_position contradictory_click
    price_in_wrong_unit price_outlier
    hole_in_log hole_in_slice
    """.split()
)
"""The checks of ``by_hand``, two of products and 44 of events; most in a simpler form than ours."""


def more_than_script() -> list[str]:
    """The checks that ours has and the script has not; consent stays, since it cannot be turned off.

    Raises:
        ValueError: the script has a check that ours does not know: its list is out of date.
    """
    from baihuo.quality.registry import CHECKS

    if unknown := OF_SCRIPT - {check.name for check in CHECKS}:
        raise ValueError(f"no check of ours is called {', '.join(sorted(unknown))}")
    return [c.name for c in CHECKS if c.name not in OF_SCRIPT and c.step != "consent"]


def write_quality_yaml(rules: str, path: Path) -> Path:
    """The ``quality.yaml`` of these rules; of ``all`` an empty one, which is the default."""
    skip = f"skip: [{', '.join(more_than_script())}]\n" if rules == "script" else ""
    path.write_text(skip, encoding="utf-8")
    return path
