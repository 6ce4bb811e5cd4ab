"""Choose the order of each surface by the shop's settings, the training and the gate."""

from __future__ import annotations

from collections.abc import Mapping

from baihuo.bundle import Bundle, ClickModels, SearchOrder
from baihuo.core import Surface

UNLEARNED: Mapping[Surface, str] = {
    Surface.SEARCH: "text",
    Surface.HOME: "fused",
    Surface.SIMILAR: "fused",
}
"""Orders without a learned model: relevance of words and vectors, or purchases, taste and popularity fused."""


def served_orders(
    bundle: Bundle | None,
    clicks: ClickModels | None,
    search_order: SearchOrder | None,
    switches: Mapping[str, str],
) -> dict[Surface, str]:
    """Return the order of each surface: ``text``, ``fused``, or ``learned:`` and the models.

    Args:
        bundle: Its gate may have refused the learned order of a surface.
        clicks: The click models of the bundle.
        search_order: The learned relevance of the bundle.
        switches: By surface, from ``shop.yaml``: ``auto`` (also where missing): as training and gate decide; ``learned``: the learned order
            if there is one; else the order without a model.
    """
    verdict = None if bundle is None else bundle.gate()
    refused = {} if verdict is None else verdict.get("order_by", {})
    orders = {}
    for surface, unlearned in UNLEARNED.items():
        switch = switches.get(surface, "auto")
        model = _model(surface, clicks, search_order, is_forced=switch == "learned")
        is_learned = switch == "learned" or (switch == "auto" and surface not in refused)
        orders[surface] = f"learned:{model}" if model and is_learned else unlearned
    return orders


def _model(
    surface: Surface,
    clicks: ClickModels | None,
    search_order: SearchOrder | None,
    *,
    is_forced: bool,
) -> str:
    """Return a surface's models, joined by ``+``; empty: none."""
    by_clicks = ""
    if clicks is not None and clicks.orders(surface):
        by_clicks = str(clicks.order_by[surface])
    if surface is Surface.SEARCH and search_order is not None:
        return f"{search_order.name}+{by_clicks}" if by_clicks else search_order.name
    if not by_clicks and is_forced and clicks is not None:
        return clicks.p_click_by  # models used where validation chose a baseline
    return by_clicks
