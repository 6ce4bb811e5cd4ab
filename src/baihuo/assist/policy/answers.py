"""What the policy says, as sentences in both languages, with the numbers of ``policy.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from baihuo.assist.orders.records import OrderStatus
from baihuo.assist.policy.model import ExchangePolicy, PolicySettings, Proof, ReturnPolicy
from baihuo.assist.policy.policy import STATUS_WORDS
from baihuo.assist.policy.topics import Topic
from baihuo.assist.policy.windows import category_of_window, days_of_category
from baihuo.assist.turns import Language

_PROOFS: dict[Proof, tuple[str, str]] = {
    "visitor_token": ("the browser that placed it", "下单时使用的浏览器"),
    "server_key": ("being signed in to the shop", "已登录的账号"),
    "email": ("the e-mail address of the order", "下单时的邮箱"),
    "name_and_zip": ("name and postal code", "姓名和邮政编码"),
}
_REFUND_TO = {
    "original": ("the original payment method", "原支付方式"),
    "gift_card": ("a gift card of yours", "您的礼品卡"),
    "any": ("any payment method of yours", "您的任一支付方式"),
}
_NOT_KNOWN = (
    " I cannot tell which of these your item is in: ask me on its own page, and I name its time.",
    "我无法判断您说的商品属于哪一类：请在该商品的页面上问我，我会告诉您它的期限。",
)


def policy_answer(
    settings: PolicySettings,
    topic: Topic,
    language: Language,
    *,
    title: str = "",
    category: Sequence[str] = (),
    is_other: bool = False,
) -> str:
    """The sentences of a topic.

    Args:
        is_other: goods were named of which it is not known whether a category with a window has them: that is said.
        title: of the product that is spoken of; empty: none is.
        category: its levels, or the one category that was named. Without one, all windows are said.
    """
    zh = language == "zh"
    if topic in (Topic.RETURN_WINDOW, Topic.EXCHANGE_WINDOW):
        is_return = topic is Topic.RETURN_WINDOW
        section = settings.returns if is_return else settings.exchange
        said = _window(section, is_return, zh, title, category)
        if is_other and section.windows:
            said += _NOT_KNOWN[zh]
        if not is_return and settings.exchange.once:
            said += "每个订单只能换货一次。" if zh else " An order is exchanged once."
        return said
    if topic is Topic.CANCEL:
        return _cancel(settings, zh)
    if topic is Topic.REFUND_DAYS:
        return _refund_days(settings, zh)
    if topic is Topic.REFUND_TO:
        places = [_REFUND_TO[p][zh] for p in settings.returns.refund_to]
        return (
            f"退款会退回{_either(places, zh)}。" if zh else f"A refund goes to {_either(places)}."
        )
    if topic is Topic.TELLING:
        return _telling(settings, zh)
    return _change(settings, topic, zh)


def _window(
    section: ReturnPolicy | ExchangePolicy,
    is_return: bool,
    zh: bool,
    title: str,
    category: Sequence[str],
) -> str:
    window = category_of_window(section, category)
    named = "" if window is None else window.category
    if category or title:
        what = title or named or category[-1]
        told = f"（{named}）" if zh and title and named else ""
        told = f" (category {named})" if not zh and title and named else told
        return _sentence(what + told, days_of_category(section, category), is_return, zh)
    said = [_sentence("商品" if zh else "Items", section.window_days, is_return, zh)]
    said += [_short(w.category, w.days, is_return, zh) for w in section.windows]
    return ("" if zh else " ").join(said)


def _short(category: str, days: int, is_return: bool, zh: bool) -> str:
    if zh:
        no = "不支持退货" if is_return else "不支持换货"
        return f"{category}：{days}天。" if days else f"{category}：{no}。"
    no = "not taken back" if is_return else "not exchanged"
    return f"{category}: {f'{days} days' if days > 1 else '1 day' if days else no}."


def _sentence(what: str, days: int | None, is_return: bool, zh: bool) -> str:
    if zh:
        verb = "退货" if is_return else "换货"
        if days is None:
            return f"{what}：送达后{verb}没有期限。"
        return f"{what}：不支持{verb}。" if days == 0 else f"{what}：送达后{days}天内可以{verb}。"
    verb = "returned" if is_return else "exchanged"
    if days is None:
        return f"{what}: can be {verb} at any time after delivery."
    if days == 0:
        return f"{what}: cannot be {verb}."
    return f"{what}: can be {verb} within {days} {'day' if days == 1 else 'days'} after delivery."


def _cancel(settings: PolicySettings, zh: bool) -> str:
    cancel = settings.cancel
    if not cancel.statuses:
        return "订单下单后不能取消。" if zh else "An order cannot be cancelled."
    while_ = _statuses(cancel.statuses, zh)
    if zh:
        hours = f"，并在下单后{cancel.within_hours}小时内" if cancel.within_hours else ""
        said = [f"订单状态为{while_}{hours}时可以取消。"]
        if OrderStatus.SHIPPED not in cancel.statuses:
            said.append("发货后不能取消。")
        if cancel.reasons:
            said.append(f"取消需要下列原因之一：{'；'.join(cancel.reasons)}。")
        return "".join(said)
    hours = f", within {cancel.within_hours} hours of ordering" if cancel.within_hours else ""
    said = [f"An order can be cancelled while it is {while_}{hours}."]
    if OrderStatus.SHIPPED not in cancel.statuses:
        said.append("Once it is shipped, it can no longer be cancelled.")
    if cancel.reasons:
        said.append(f"It is cancelled for one of these reasons: {'; '.join(cancel.reasons)}.")
    return " ".join(said)


def _change(settings: PolicySettings, topic: Topic, zh: bool) -> str:
    sections = {
        Topic.CHANGE_ADDRESS: (settings.change_address.statuses, "address", "收货地址"),
        Topic.CHANGE_PAYMENT: (settings.change_payment.statuses, "payment", "支付方式"),
        Topic.CHANGE_ITEMS: (settings.change_items.statuses, "items", "商品"),
    }
    statuses, what, what_zh = sections[topic]
    if not statuses:
        no = f"订单的{what_zh}下单后不能修改。"
        return no if zh else f"The {what} of an order cannot be changed."
    while_ = _statuses(statuses, zh)
    is_final = topic is Topic.CHANGE_ITEMS and settings.change_items.is_final
    if zh:
        said = f"订单状态为{while_}时可以修改{what_zh}。"
        return said + ("修改商品后，订单不能再修改或取消。" if is_final else "")
    said = f"The {what} of an order can be changed while it is {while_}."
    return said + (" After that it can be neither changed nor cancelled." if is_final else "")


def _refund_days(settings: PolicySettings, zh: bool) -> str:
    money = settings.payments
    card, other = (_days(d, zh) for d in (money.gift_card_refund_days, money.refund_days))
    if zh:
        return f"退款退到礼品卡：{card}到账。退到其他支付方式：{other}到账。"
    return f"A refund to a gift card arrives {card}. A refund elsewhere arrives {other}."


def _days(days: tuple[int, int], zh: bool) -> str:
    low, high = days
    if high == 0:
        return "立即" if zh else "at once"
    span = str(low) if low == high else f"{low}到{high}" if zh else f"{low} to {high}"
    return f"{span}个工作日内" if zh else f"in {span} business {'day' if high == 1 else 'days'}"


def _telling(settings: PolicySettings, zh: bool) -> str:
    telling = settings.telling
    orders = _either([_PROOFS[p][zh] for p in telling.orders], zh)
    writes = _either([_PROOFS[p][zh] for p in telling.writes], zh)
    if zh:
        return f"订单信息只告诉下单的本人，通过{orders}核实。修改订单需要通过{writes}核实。"
    return f"An order is told only to the shopper who placed it, known by {orders}. To change it, I need {writes}."


def _statuses(statuses: Iterable[OrderStatus], zh: bool) -> str:
    words = [STATUS_WORDS[s]["zh" if zh else "en"] for s in statuses]
    return _either([f"“{w}”" for w in words] if zh else words, zh)


def _either(parts: Sequence[str], zh: bool = False) -> str:
    if len(parts) < 2:
        return parts[0] if parts else ("任何方式都不行" if zh else "nothing that is enough")
    if zh:
        return "、".join(parts[:-1]) + f"或{parts[-1]}"
    return ", ".join(parts[:-1]) + f" or {parts[-1]}"
