"""What a yes agrees to, in both languages: the order, its items, amounts, and where money goes."""

from __future__ import annotations

from baihuo.assist.act.reasons import reason_in
from baihuo.assist.orders.interface import Situation
from baihuo.assist.orders.money import difference_minor, money, paid_minor, swaps
from baihuo.assist.orders.records import Order, PaymentKind, PaymentMethod, Shopper
from baihuo.assist.orders.writes import (
    CancelOrder,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    ChangeShopperAddress,
    ExchangeItems,
    ReturnItems,
    Write,
)
from baihuo.assist.policy.model import PaymentPolicy
from baihuo.assist.turns import Language

_KINDS: dict[PaymentKind, dict[Language, str]] = {
    PaymentKind.GIFT_CARD: {"en": "your gift card", "zh": "您的礼品卡"},
    PaymentKind.CREDIT_CARD: {"en": "your card", "zh": "您的银行卡"},
    PaymentKind.PAYPAL: {"en": "your PayPal account", "zh": "您的 PayPal 账户"},
    PaymentKind.ALIPAY: {"en": "your Alipay account", "zh": "您的支付宝账户"},
    PaymentKind.WECHAT_PAY: {"en": "your WeChat Pay account", "zh": "您的微信支付账户"},
    PaymentKind.BANK: {"en": "your bank account", "zh": "您的银行账户"},
    PaymentKind.OTHER: {"en": "your payment method", "zh": "您的支付方式"},
}


def method_name(shopper: Shopper, payment_method_id: str, language: Language) -> str:
    """A payment method as its owner knows it; an id that is none of theirs is not repeated."""
    method = shopper.method(payment_method_id)
    if method is None:
        return {"en": "the payment method that paid", "zh": "原支付方式"}[language]
    return _named(method, language)


def _named(method: PaymentMethod, language: Language) -> str:
    name = _KINDS[method.kind][language]
    if not method.last_four:
        return name
    brand = f"{method.brand.capitalize()} " if method.brand else ""
    if language == "zh":
        return (
            f"您尾号 {method.last_four} 的 {brand}卡"
            if brand
            else f"{name}（尾号 {method.last_four}）"
        )
    return (
        f"your {brand}card ending {method.last_four}"
        if brand
        else f"{name} ending {method.last_four}"
    )


class Summaries:
    """Writes the summaries of one policy."""

    def __init__(self, payments: PaymentPolicy) -> None:
        self._payments = payments

    def of(self, write: Write, situation: Situation) -> dict[Language, str]:
        """What this write would do; the reply asks for a yes to it. The write is allowed in the situation."""
        return {
            "en": self._text(write, situation, "en").strip(),
            "zh": self._text(write, situation, "zh"),
        }

    def done(self, write: Write, situation: Situation) -> dict[Language, str]:
        """What this write did, from the situation before it."""
        return {
            "en": f"Done. {self._text(write, situation, 'en').strip()}",
            "zh": f"已为您办理。{self._text(write, situation, 'zh')}",
        }

    def _text(self, write: Write, situation: Situation, language: Language) -> str:
        shopper, order = situation.shopper, situation.order
        assert shopper is not None
        if isinstance(write, ChangeShopperAddress):
            return {
                "en": f"New address of your profile: {write.address}.",
                "zh": f"您的默认地址改为：{write.address}。",
            }[language]
        assert order is not None
        match write:
            case CancelOrder():
                return self._cancel(write, order, shopper, language)
            case ReturnItems():
                return self._return(write, order, shopper, language)
            case ExchangeItems() | ChangeItems():
                return self._swap(write, situation, order, shopper, language)
            case ChangeAddress():
                return {
                    "en": f"New delivery address of order {order.order_id}: {write.address}.",
                    "zh": f"订单 {order.order_id} 的收货地址改为：{write.address}。",
                }[language]
            case ChangePayment():
                return self._pay(write, order, shopper, language)

    def _cancel(
        self, write: CancelOrder, order: Order, shopper: Shopper, language: Language
    ) -> str:
        items = _list([item.name for item in order.items], language)
        refunds = self._refunds(order, shopper, language)
        why = reason_in(write.reason, language)
        if language == "zh":
            return (
                f"取消订单 {order.order_id}：{items}。"
                + (f"原因：{why}。" if why else "")
                + refunds
            )
        return (
            f"Cancellation of order {order.order_id}: {items}. "
            + (f"Reason: {why}. " if why else "")
            + refunds
        )

    def _return(
        self, write: ReturnItems, order: Order, shopper: Shopper, language: Language
    ) -> str:
        items = [order.items[i] for i in order.find(write.variant_ids) or ()]
        amount = money(sum(item.price_minor for item in items), order.currency)
        names = _list([f"{i.name} {money(i.price_minor, order.currency)}" for i in items], language)
        where = method_name(shopper, write.payment_method_id, language)
        when = self._when(shopper, write.payment_method_id, language)
        if language == "zh":
            return f"退回订单 {order.order_id} 的商品：{names}。收到后退款 {amount} 至{where}（{when}）。"
        return (
            f"Return from order {order.order_id}: {names}. "
            f"When it arrives with us, {amount} goes to {where} ({when})."
        )

    def _swap(
        self,
        write: ExchangeItems | ChangeItems,
        situation: Situation,
        order: Order,
        shopper: Shopper,
        language: Language,
    ) -> str:
        pairs = swaps(order, write, situation.offers)
        arrow = " → "
        names = _list([f"{old.name}{arrow}{new.name}" for old, new in pairs], language)
        difference = difference_minor(pairs)
        amount = money(abs(difference), order.currency)
        where = method_name(shopper, write.payment_method_id, language)
        when = self._when(shopper, write.payment_method_id, language)
        is_exchange = isinstance(write, ExchangeItems)
        if language == "zh":
            what = "换货" if is_exchange else "修改商品"
            pay = (
                f"差价 {amount} 由{where}支付。"
                if difference > 0
                else f"差价 {amount} 退至{where}（{when}）。"
            )
            return f"订单 {order.order_id} {what}：{names}。" + (
                pay if difference else "没有差价。"
            )
        what = "Exchange in" if is_exchange else "Change in"
        pay = (
            f"The difference of {amount} is paid with {where}."
            if difference > 0
            else f"The difference of {amount} goes back to {where} ({when})."
        )
        same = "The price stays the same."
        return f"{what} order {order.order_id}: {names}. {pay if difference else same}"

    def _pay(self, write: ChangePayment, order: Order, shopper: Shopper, language: Language) -> str:
        amount = money(sum(paid_minor(order).values()), order.currency)
        where = method_name(shopper, write.payment_method_id, language)
        refunds = self._refunds(order, shopper, language)
        if language == "zh":
            return f"订单 {order.order_id} 改由{where}支付 {amount}。{refunds}"
        return f"New payment of order {order.order_id}: {amount} from {where}. {refunds}"

    def _refunds(self, order: Order, shopper: Shopper, language: Language) -> str:
        texts = []
        for method, amount in paid_minor(order).items():
            name, how_much = method_name(shopper, method, language), money(amount, order.currency)
            when = self._when(shopper, method, language)
            texts.append(
                f"{how_much} goes back to {name} ({when})."
                if language == "en"
                else f"{how_much} 退回{name}（{when}）。"
            )
        return (" " if language == "en" else "").join(texts)

    def _when(self, shopper: Shopper, payment_method_id: str, language: Language) -> str:
        method = shopper.method(payment_method_id)
        is_gift_card = method is not None and method.kind == PaymentKind.GIFT_CARD
        first, last = (
            self._payments.gift_card_refund_days if is_gift_card else self._payments.refund_days
        )
        if last == 0:
            return {"en": "at once", "zh": "立即到账"}[language]
        days = str(first) if first == last else f"{first}–{last}"
        return {"en": f"in {days} business days", "zh": f"{days} 个工作日内到账"}[language]


def _list(names: list[str], language: Language) -> str:
    return ("; " if language == "en" else "；").join(names)
