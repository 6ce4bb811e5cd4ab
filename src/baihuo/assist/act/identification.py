"""Who writes: by the token of the browser that bought, by the shop's own server, or proven in the conversation."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from baihuo.assist.act.attempts import Attempts
from baihuo.assist.act.claims import NameClaim, claimed_email, claimed_names
from baihuo.assist.orders.interface import Orders, OrdersUnavailable
from baihuo.assist.orders.records import Shopper
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

    def __init__(self, orders: Orders, attempts: Attempts) -> None:
        self._orders, self._attempts = orders, attempts

    def of_visitor(self, visitor_id: str) -> Identity:
        """Whose browser it is, for a visitor id whose token was checked; only then may this be asked."""
        try:
            shopper = self._orders.shopper_of_visitor(visitor_id)
        except OrdersUnavailable:
            shopper = None
        if shopper is None:
            return Identity(visitor_id=visitor_id)
        return Identity(visitor_id=visitor_id, shopper_id=shopper.shopper_id, proof="visitor_token")

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
        """What a message proves.

        The visitor's token opens less than what is said here; somebody who came with a token may prove more, but only of the
        same shopper.

        Args:
            text: As it was typed.
            address: Of the client, such as its IP address. It is kept as a hash, for an hour.
            was_asked: Whether we asked who it is.
            at_us: Our clock.
        """
        if identity.shopper_id is not None and identity.proof != "visitor_token":
            return identity, Outcome.NOTHING_SAID
        email = claimed_email(text)
        names = [] if email else claimed_names(text, was_asked=was_asked)
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
