from .act.attempts import (
    AttemptLimits,
    Attempts,
)
from .act.identification import (
    Identification,
    Outcome,
)
from .act.tools import (
    Audit,
    Tools,
)
from .orders.catalog_offers import CatalogOffers
from .orders.from_events import orders_from_events
from .orders.http_json import JsonServer
from .orders.http_orders import HttpOrders
from .orders.import_files import ImportedOrders, Refused, read_orders
from .orders.interface import (
    Orders,
    OrdersUnavailable,
    Situation,
    Written,
)
from .orders.records import (
    Address,
    OfferedProduct,
    OfferedVariant,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    PaymentKind,
    PaymentMethod,
    Shipment,
    Shopper,
)
from .orders.settings import OrdersSettings
from .orders.sqlite_orders import (
    Batch,
    SqliteOrders,
)
from .orders.taubench import read_taubench
from .orders.writes import Write, write_from
from .policy.model import (
    PolicySettings,
)
from .policy.policy import (
    Policy,
    Ruling,
)
from .turns import (
    ActionPlan,
    ActionState,
    Author,
    Conversation,
    Decision,
    DecisionKind,
    Entity,
    Identity,
    Message,
    Passage,
    PassageKind,
    Reply,
    Sentence,
    Turn,
    TurnStep,
    Understanding,
)

__all__ = [
    "ActionPlan",
    "ActionState",
    "Address",
    "AttemptLimits",
    "Attempts",
    "Audit",
    "Author",
    "Batch",
    "CatalogOffers",
    "Conversation",
    "Decision",
    "DecisionKind",
    "Entity",
    "HttpOrders",
    "Identification",
    "Identity",
    "ImportedOrders",
    "JsonServer",
    "Message",
    "OfferedProduct",
    "OfferedVariant",
    "Order",
    "OrderItem",
    "OrderStatus",
    "Orders",
    "OrdersSettings",
    "OrdersUnavailable",
    "Outcome",
    "Passage",
    "PassageKind",
    "Payment",
    "PaymentKind",
    "PaymentMethod",
    "Policy",
    "PolicySettings",
    "Refused",
    "Reply",
    "Ruling",
    "Sentence",
    "Shipment",
    "Shopper",
    "Situation",
    "SqliteOrders",
    "Tools",
    "Turn",
    "TurnStep",
    "Understanding",
    "Write",
    "Written",
    "orders_from_events",
    "read_orders",
    "read_taubench",
    "write_from",
]
