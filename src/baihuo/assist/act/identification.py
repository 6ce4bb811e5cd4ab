"""Who writes: by the token of the browser that bought, by the shop's own server, or proven in the conversation."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from baihuo.assist.act.attempts import Attempts
from baihuo.assist.act.claims import NameClaim, claimed_email, claimed_names
from baihuo.assist.orders.interface import Orders, OrdersUnavailable
from baihuo.assist.orders.records import Shopper
from baihuo.assist.policy.model import BY_VISITOR, CLAIMS
from baihuo.assist.policy.policy import Policy
from baihuo.assist.turns import Identity


class Outcome(StrEnum):
    """What a message proved."""

    NOTHING_SAID = "nothing_said"  # it names nobody, or somebody was identified before
    PROVEN = "proven"
    NOT_PROVEN = "not_proven"  # wrong, unknown or ambiguous: the answer is the same
    TOO_MANY = "too_many"  # attempts; whether this one is right was not looked at
    UNAVAILABLE = "unavailable"  # the shop's own system does not answer


class Identification:
    """Identifies shoppers. One conversation helps one shopper: who is identified stays so."""

    def __init__(self, orders: Orders, attempts: Attempts, policy: Policy) -> None:
        """
        Args:
            policy: What a message says of its author counts only where it accepts that.
        """
        self._orders, self._attempts = orders, attempts
        self._believes = {claim for claim in CLAIMS if policy.settings.telling.opened_by(claim)}

    def of_visitor(self, visitor_id: str) -> Identity:
        """Return whose browser it is, for a visitor id whose signature was checked; only then may this be asked."""
        try:
            shopper = self._orders.shopper_of_visitor(visitor_id)
        except OrdersUnavailable:
            shopper = None
        shopper_id = None if shopper is None else shopper.shopper_id
        return Identity(visitor_id=visitor_id, shopper_id=shopper_id, proof=BY_VISITOR)

    def of_server(self, visitor_id: str, shopper_id: str) -> Identity:
        """Whom the shop's own server named, with a key that may do so; a shopper without orders here is nobody."""
        try:
            is_known = self._orders.shopper(shopper_id) is not None
        except OrdersUnavailable:
            is_known = False
        if not is_known:
            return Identity(visitor_id=visitor_id)
        return Identity(visitor_id=visitor_id, shopper_id=shopper_id, proof="server_key")

    def of_message(
        self, text: str, identity: Identity, *, address: str, was_asked: bool, at_us: int
    ) -> tuple[Identity, Outcome]:
        """Return what a message proves, as far as the policy believes messages at all.

        The visitor's token opens less than what is said here; somebody who came with a token may prove more, but only of the
        same shopper.

        Args:
            text: As it was typed.
            address: Of the client, such as its IP address. It is kept as a hash, for an hour.
            was_asked: Whether we asked who it is.
            at_us: Our clock.
        """
        if identity.shopper_id is not None and identity.proof != BY_VISITOR:
            return identity, Outcome.NOTHING_SAID
        email = claimed_email(text) if "email" in self._believes else None
        reads_names = "name_and_zip" in self._believes and not email
        names = claimed_names(text, was_asked=was_asked) if reads_names else []
        if email is None and not names:
            return identity, Outcome.NOTHING_SAID
        who = {"visitor_id": identity.visitor_id, "address": address}
        claim = email.casefold() if email else str(names[0])
        if not self._attempts.begin(**who, claim=claim, at_us=at_us):
            return identity, Outcome.TOO_MANY
        try:
            found, proof = (
                (self._orders.shopper_by_email(email), "email")
                if email
                else (self._by_name(names), "name_and_zip")
            )
        except OrdersUnavailable:
            self._attempts.was_right(**who, claim=claim)  # not a wrong one, at least
            return identity, Outcome.UNAVAILABLE
        if found is None or identity.shopper_id not in (None, found.shopper_id):
            return identity, Outcome.NOT_PROVEN
        self._attempts.was_right(**who, claim=claim)
        proven = replace(identity, shopper_id=found.shopper_id, proof=proof)
        return proven, Outcome.PROVEN

    def _by_name(self, names: list[NameClaim]) -> Shopper | None:
        found = [
            self._orders.shopper_by_name_and_zip(n.first_name, n.last_name, n.postal_code)
            for n in names
        ]
        shoppers = {s.shopper_id: s for s in found if s is not None}
        return next(iter(shoppers.values())) if len(shoppers) == 1 else None
