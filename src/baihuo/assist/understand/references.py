"""Which product and which order a message is about, where it does not name one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from baihuo.assist.turns import Conversation
from baihuo.assist.understand.lexicon import lexicon


@dataclass(frozen=True, slots=True, kw_only=True)
class Referred:
    """What is spoken of."""

    order_id: str | None
    product_id: str | None


def points_at(words: Sequence[str]) -> bool:
    """Whether a message speaks of something as if both knew what ("it", "this one", 那款).

    Args:
        words: as ``message_words`` returns them.
    """
    known = lexicon()
    return bool(known.near.found(words) or known.far.found(words))


def referred(
    words: Sequence[str],
    conversation: Conversation,
    *,
    order_id: str | None = None,
    product_id: str | None = None,
) -> Referred:
    """What "it", "this one" or a question without a subject refers to.

    "This" is the product of the page first, "it" and "that" what was last spoken of; "what sizes?" is asked about the page's
    product. "My order" and 包裹 are the order that was last spoken of. What cannot be told stays None.

    Args:
        words: as ``message_words`` returns them.
        conversation: has the page's product and what was mentioned.
        order_id: said in this message.
        product_id: said in this message.
    """
    known, mentioned = lexicon(), conversation.mentioned
    earlier_order, earlier_product = mentioned.get("order_id"), mentioned.get("product_id")
    is_near, is_far = bool(known.near.found(words)), bool(known.far.found(words))
    of_product, of_order = (
        bool(known.of_product.found(words)),
        bool(known.of_order.found(words)),
    )
    if product_id is None:
        page = conversation.page_product_id
        if is_far and not is_near:
            product_id = earlier_product or page
        elif is_near or (of_product and not of_order):
            product_id = page or earlier_product
    if order_id is None and (of_order or is_far or is_near or conversation.pending is not None):
        order_id = earlier_order
    return Referred(order_id=order_id, product_id=product_id)
