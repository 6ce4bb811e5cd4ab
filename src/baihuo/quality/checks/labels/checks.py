"""Outcomes that a model would learn wrongly.

A label is the outcome of an impression. It is wrong where two outcomes contradict each other, where the
outcome arrived after training had already counted a negative, where the position is not the one that
the product had, or where the outcome does not name its page.

Where the impressions of a page and a click disagree, the impressions are right.
"""

from __future__ import annotations

from baihuo.quality.checks.labels.detectors import find_notes, find_repairs
from baihuo.quality.checks.labels.settings import LabelsRules
from baihuo.quality.spec import Check, Step

CHECKS: tuple[Check, ...] = (
    Check(
        name="contradictory_rating",
        step="labels",
        on="events",
        action="merge",
        field="rating",
        why="the same visitor later rated the same purchase quite differently, and the last rating counts",
        fix="send a changed review under the id of the first",
        version="3",
    ),
    Check(
        name="undone_purchase",
        step="labels",
        on="events",
        action="quarantine",
        why="every unit of this order line was cancelled within the attribution window: nothing was bought",
        fix="send orders when they are final, or leave mistaken ones out together with their cancel",
    ),
    Check(
        name="purchase_taken_back",
        step="labels",
        on="events",
        action="note",
        why="as many units were cancelled under another order id within the attribution window",
        fix="send the order's id with its cancel; then both are taken out together",
    ),
    Check(
        name="contradictory_click",
        step="labels",
        on="events",
        action="note",
        field="product_id",
        why="two products were clicked at one position of one page, and no impression shows which was there; or it came "
        "sooner after its result was shown, or after the click before, than a hand moves",
        fix="log impressions, and give a page that changed a new query_id; do not log what a browser opens in advance",
        version="3",
    ),
    Check(
        name="late_outcome",
        step="labels",
        on="events",
        action="note",
        why="it reached us after the attribution window of its impression had closed, so a model trained "
        "in between saw a negative",
        fix="send clicks and purchases as soon as the network allows; train later than they arrive",
    ),
    Check(
        name="zero_based_page",
        step="labels",
        on="events",
        action="repair",
        field="position",
        why="its page counts positions from 0",
        fix="count from 1 at the top of the page",
        version="2",
    ),
    Check(
        name="shifted_position",
        step="labels",
        on="events",
        action="repair",
        field="position",
        why="the page showed the product at another position, and all outcomes of this page have the same shift",
        fix="count positions in clicks and carts as impressions do: from 1 at the top of the first page",
        version="2",
    ),
    Check(
        name="wrong_position",
        step="labels",
        on="events",
        action="note",
        field="position",
        why="the page showed the product at another position",
        fix="send the position with which the page was served; a page that is sorted again is a new query",
        version="3",
    ),
    Check(
        name="shared_position",
        step="labels",
        on="events",
        action="note",
        field="position",
        why="its page shows another product at the same position",
        fix="number positions through the whole page, sections and page two included",
    ),
    Check(
        name="product_twice",
        step="labels",
        on="events",
        action="note",
        field="position",
        why="its page shows the same product at another position as well",
        fix="remove repeats from the page, or log the copy as ad_impression where it is one",
    ),
    Check(
        name="recovered_query",
        step="labels",
        on="events",
        action="repair",
        field="query_id",
        why="it named no query, but this visitor saw this product in exactly one page of the session",
        fix="carry the query_id of the page into its clicks, carts and purchases",
        version="2",
    ),
    Check(
        name="row_against_page",
        step="labels",
        on="events",
        action="note",
        why="nearly all rows of its page (its query_id) say another platform, device, country, language, surface, text or visitor; "
        "or it is a stay that the time since its click contradicts (longer, or a thousandth)",
        fix="take platform and surface from the visit, not from the element; give a page that is served to "
        "somebody else from a cache a new id; send milliseconds",
        version="4",
    ),
    Check(
        name="row_against_order",
        step="labels",
        on="events",
        action="note",
        why="the order that it names holds another product, or is another visitor's, where nearly all others name their own",
        fix="take order and product of a review or cancel from one line",
        version="4",
    ),
    Check(
        name="missing_query",
        step="labels",
        on="events",
        action="note",
        field="query_id",
        why="it happened on a surface whose pages have query ids, names none, and no page of the visit or several fit",
        fix="carry the query_id of the page into its clicks, carts and purchases",
        version="2",
    ),
)

STEP = Step(
    name="labels",
    settings=LabelsRules,
    checks=CHECKS,
    detectors=(find_repairs, find_notes),
)
