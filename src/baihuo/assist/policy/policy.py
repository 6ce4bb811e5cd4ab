"""Judges writes by the rules, and says what a proof of identity opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from baihuo.assist.orders.interface import Situation
from baihuo.assist.orders.records import Order, OrderStatus
from baihuo.assist.orders.writes import ChangeItems, ExchangeItems, ReturnItems, Write
from baihuo.assist.policy.model import (
    CLAIMS,
    ExchangePolicy,
    PolicySettings,
    Proof,
    ReturnPolicy,
)
from baihuo.assist.policy.rules import RULES, Case, Rule
from baihuo.assist.policy.texts import PLACEHOLDERS, RULE_TEXTS
from baihuo.assist.policy.windows import category_of_window, cause_of, first_too_late, window_days
from baihuo.assist.turns import Identity, Language
from baihuo.core import load_yaml

_DAY_US = 86_400_000_000
_WINDOWS = ("return_window", "exchange_window")  # rules with causes
_LANGUAGES: tuple[Language, ...] = ("en", "zh")
STATUS_WORDS: Mapping[OrderStatus, Mapping[Language, str]] = {
    OrderStatus.BOUGHT: {"en": "bought", "zh": "已购买"},
    OrderStatus.PENDING: {"en": "pending", "zh": "待处理"},
    OrderStatus.PENDING_ITEMS_CHANGED: {
        "en": "pending, with changed items",
        "zh": "待处理（商品已修改）",
    },
    OrderStatus.PROCESSED: {"en": "processed", "zh": "处理中"},
    OrderStatus.SHIPPED: {"en": "shipped", "zh": "已发货"},
    OrderStatus.DELIVERED: {"en": "delivered", "zh": "已送达"},
    OrderStatus.CANCELLED: {"en": "cancelled", "zh": "已取消"},
    OrderStatus.RETURN_REQUESTED: {"en": "waiting for its return", "zh": "退货处理中"},
    OrderStatus.EXCHANGE_REQUESTED: {"en": "waiting for its exchange", "zh": "换货处理中"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """Whether a write is allowed; if not, by which rule, and in which words."""

    is_allowed: bool
    rule: str = ""
    texts: Mapping[Language, str] = field(default_factory=dict)


class Policy:
    """What a shop allows. It holds no state and asks nobody."""

    def __init__(self, settings: PolicySettings | None = None) -> None:
        self.settings = settings or PolicySettings()

    @classmethod
    def of(cls, path: Path) -> Policy:
        """The policy in ``policy.yaml``; without the file, the default one.

        Raises:
            BadInput: it cannot be used; the message names file, line, setting, value and a fix.
        """
        return cls(load_yaml(path, PolicySettings) if path.exists() else None)

    def warnings(self) -> tuple[str, ...]:
        """Return what the file opens to whoever knows it, a sentence for each such claim."""
        opened = {claim: self.settings.telling.opened_by(claim) for claim in CLAIMS}
        return tuple(
            f"policy.yaml: telling opens {', '.join(names)} by `{claim}`, which whoever knows it can write in the chat: leave it out"
            for claim, names in opened.items()
            if names
        )

    def judge(
        self, write: Write, situation: Situation, now_us: int, *, proof: str = "server_key"
    ) -> Ruling:
        """The first rule that refuses, or that all allow.

        Args:
            situation: The shopper who was identified, the order that is named whoever owns it, and the new variants.
            proof: How the shopper was identified, as in :class:`~baihuo.assist.turns.Identity`.
        """
        case = Case(write, situation, self.settings, now_us, cast(Proof, proof))
        for rule in RULES:
            if isinstance(write, rule.writes) and not rule.allows(case):
                return Ruling(is_allowed=False, rule=rule.name, texts=self._texts(rule, case))
        return Ruling(is_allowed=True)

    def may_be_told(
        self, identity: Identity, what: Literal["orders", "address", "payment"]
    ) -> bool:
        """Whether somebody may be told this of their own orders."""
        return identity.shopper_id is not None and identity.proof in getattr(
            self.settings.telling, what
        )

    def text_of(self, rule: str) -> Mapping[Language, str]:
        """The text of a rule, or of one cause of it (``return_window.never``), with its placeholders. The shop's own words for
        the rule are said for each cause that it has none for.

        Raises:
            KeyError: there is no such rule.
        """
        found = RULE_TEXTS[rule]
        own = self.settings.texts.get(rule) or self.settings.texts.get(rule.partition(".")[0])
        return {
            lang: (getattr(own, lang, None) if own else None) or found[lang] for lang in _LANGUAGES
        }

    def refusal(self, rule: str, *, order_id: str = "") -> Ruling:
        """A refusal by a rule that nothing but the order's number is known to."""
        facts = {**dict.fromkeys(PLACEHOLDERS, ""), "order_id": _plausible(order_id)}
        texts = self.text_of(rule)
        return Ruling(
            is_allowed=False,
            rule=rule,
            texts={lang: texts[lang].format_map(facts) for lang in _LANGUAGES},
        )

    def _texts(self, rule: Rule, case: Case) -> dict[Language, str]:
        texts = self.text_of(rule.name + _cause(rule.name, case))
        return {lang: texts[lang].format_map(_facts(case, lang)) for lang in _LANGUAGES}


def _facts(case: Case, language: Language) -> dict[str, str]:
    """What a text may name: of an order only what its owner may know; nothing of another's order is read here."""
    write, settings = case.write, case.policy
    order = case.situation.order
    shopper = case.situation.shopper
    is_own = order is not None and shopper is not None and order.shopper_id == shopper.shopper_id
    facts = {
        "order_id": _plausible(getattr(write, "order_id", "")),
        "status": "",
        **dict.fromkeys(("item", "new_item", "days", "category", "period", "since"), ""),
        "hours": str(settings.cancel.within_hours or ""),
        "reasons": ("; " if language == "en" else "；").join(settings.cancel.reasons),
    }
    if is_own and order is not None:
        facts |= {
            "status": STATUS_WORDS[order.status][language],
            **_item_facts(case, order, language),
        }
    return facts


def _plausible(order_id: str) -> str:
    """A number that is repeated to whoever wrote it; anything longer or odder is not."""
    is_one = len(order_id) <= 40 and all(c.isalnum() or c in "#-_/" for c in order_id)
    return order_id if is_one else ""


def _cause(rule: str, case: Case) -> str:
    """Which of a rule's causes holds, as a part of the name of its text."""
    if rule not in _WINDOWS or not isinstance(case.write, ReturnItems | ExchangeItems):
        return ""
    section = _section(case)
    late = first_too_late(section, case.order, case.write.variant_ids, case.now_us)
    cause = "" if late is None else cause_of(section, case.order, late)
    return f".{cause}" if cause else ""


def _section(case: Case) -> ReturnPolicy | ExchangePolicy:
    return case.policy.exchange if isinstance(case.write, ExchangeItems) else case.policy.returns


def _span(days: int, language: Language) -> str:
    if language == "zh":
        return f"{days}天"
    return "1 day" if days == 1 else f"{days} days"


def _item_facts(case: Case, order: Order, language: Language) -> dict[str, str]:
    write = case.write
    if not isinstance(write, ReturnItems | ExchangeItems | ChangeItems):
        return {}
    section = _section(case)
    late = first_too_late(section, order, write.variant_ids, case.now_us)
    positions = order.find(write.variant_ids) or []
    new_ids = getattr(write, "new_variant_ids", ())
    # The item that the rule is about: the one that is too late, else one that is swapped for itself, else the first.
    same = (
        order.items[i]
        for i, new in zip(positions, new_ids, strict=False)
        if order.items[i].variant_id == new
    )
    items = [order.items[i] for i in positions]
    item = next(same, None) if new_ids else late
    item = item or late or (items[0] if items else None)
    offers = [case.situation.offers[v] for v in new_ids if v in case.situation.offers]
    missing = next((o for o in offers if not o.is_available), offers[0] if offers else None)
    days = None if item is None else window_days(section, item)
    window = None if item is None else category_of_window(section, item.category)
    delivered = order.delivered_at_us
    return {
        "category": "" if window is None else window.category,
        "period": "" if days is None else _span(days, language),
        "since": "" if delivered is None else _span((case.now_us - delivered) // _DAY_US, language),
        "item": item.name if item else "",
        "new_item": missing.name if missing else "",
        "days": "" if days is None else str(days),
    }
