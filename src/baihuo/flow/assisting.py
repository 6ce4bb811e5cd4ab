"""Customer service of a shop: its parts opened, and a conversation in the terminal."""

from __future__ import annotations

from baihuo.assist import AssistParts, Identity, Talk
from baihuo.core import BadInput, now_us
from baihuo.settings import Shop


def open_assist(shop: Shop) -> AssistParts:
    """The parts of a turn, as the shop has them: without anything imported or learned, it still answers and hands over.

    Raises:
        BadInput: there is no shop, or customer service is switched off.
    """
    if not shop.root.is_dir():
        raise BadInput(f"there is no shop at {shop.root}", fix="name its folder with --shop")
    settings = shop.settings().assist
    if not settings.enabled:
        raise BadInput("customer service is off", fix="set assist.enabled in shop.yaml")
    return AssistParts(
        has_desk=settings.has_desk, contact=settings.contact, reply_s=settings.reply_s
    )


def open_talk(shop: Shop, *, shopper_id: str | None = None, product_id: str | None = None) -> Talk:
    """A conversation that is not written down.

    Args:
        shopper_id: whose orders may be spoken of: who has the shop's files speaks for everybody.
        product_id: the product of the page that one is on.
    """
    proof = "server_key" if shopper_id else ""
    identity = Identity(visitor_id="terminal", shopper_id=shopper_id, proof=proof)
    return Talk(open_assist(shop), identity, clock=now_us, page_product_id=product_id)
