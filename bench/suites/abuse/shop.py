"""The shop that is attacked: a sample shop, or a copy of a given one, with two customers whose orders must stay theirs, and a key."""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path

from baihuo import flow
from baihuo.access import Scope
from baihuo.settings import Shop
from suites.serve.learned import sample_shop


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody with an order, and what nobody else may learn of it."""

    first_name: str
    last_name: str
    email: str
    postal_code: str
    visitor_id: str  # the browser that bought
    order_id: str
    line1: str
    tracking: str
    last_four: str
    status: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """Texts that are nowhere else in the shop."""
        return self.order_id, self.line1, self.tracking, self.last_four


CUSTOMERS = (
    Customer(
        *("Ada", "Quillfeather", "ada.quillfeather@example.com", "62704", "account-ada"),
        *("W90344171", "77 Marmalade Lane", "QF9034417722GB", "7319", "pending"),
    ),
    Customer(
        *("Bela", "Oxenstierna", "bela.oxenstierna@example.com", "02116", "account-bela"),
        *("W90344188", "5 Periwinkle Court", "OX9034418866DE", "8642", "delivered"),
    ),
)


def attacked_shop(
    root: Path, given: Path | None, *, n_products: int, n_events: int, seed: int
) -> tuple[Shop, str]:
    """The shop and the key of its own server. ``given`` is copied: attacks write, check and release."""
    if given is None:
        shop = sample_shop(
            root, n_products=n_products, n_events=n_events, seed=seed, with_clicks=False
        )
    else:
        shop = Shop(Path(shutil.copytree(given, root / "given")))
    _import_orders(shop, root / "orders.csv")
    return shop, flow.create_key(shop, "attacked", [Scope.ADMIN]).token


def without_keys(shop: Shop, root: Path) -> Shop:
    """A copy of the shop before its first key was made."""
    ignore = shutil.ignore_patterns("keys.sqlite*", "team.key", "audit.sqlite*", "0-*")
    return Shop(Path(shutil.copytree(shop.root, root / "without-keys", ignore=ignore)))


def _import_orders(shop: Shop, file: Path) -> None:
    row = {"product_id": "p-planted", "title": "A thing", "price": "19.00", "currency": "EUR"}
    paid = {"payment_method_id": "card-1", "payment_kind": "credit_card"}
    where = {"city": "Springfield", "state": "IL", "country": "USA"}
    rows = [
        {
            **row,
            **paid,
            **where,
            "ordered_at": "2026-11-20T10:00:00Z",
            "delivered_at": "2026-11-24T10:00:00Z" if one.status == "delivered" else "",
            "payment_last_four": one.last_four,
            **{name: getattr(one, name) for name in Customer.__slots__ if name != "last_four"},
        }
        for one in CUSTOMERS
    ]
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    imported = flow.import_orders(shop, [file])
    if imported.refused:
        raise SystemExit(f"the planted orders were refused: {imported.refused}")
