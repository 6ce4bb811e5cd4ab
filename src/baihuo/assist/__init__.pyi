from .act.attempts import (
    AttemptLimits,
    Attempts,
)
from .act.identification import (
    Identification,
    Outcome,
)
from .act.opening import OpenActs, open_acts, open_orders
from .act.tools import (
    Audit,
    Tools,
)
from .conversation import (
    STAGES,
    Acts,
    AssistParts,
    Checks,
    Finds,
    Records,
    Rephrases,
    TakenTurn,
    Understands,
    reply_to,
    take_turn,
)
from .decide import (
    DEFAULT_THRESHOLDS,
    Thresholds,
    read_thresholds,
)
from .orders.catalog_offers import CatalogOffers
from .orders.erasing import forget_orders
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
from .orders.taubench import (
    read_taubench,
)
from .orders.writes import (
    Write,
    write_from,
)
from .policy.model import (
    PolicySettings,
)
from .policy.policy import (
    Policy,
    Ruling,
)
from .policy.texts import RULE_NAMES
from .record import (
    Begun,
    ConversationStore,
    FeedbackKind,
    Outcomes,
    StoredMessage,
    conversation_rows,
    forget_conversations,
    forget_old_conversations,
    read_outcomes,
)
from .service import (
    Said,
    Service,
)
from .settings import (
    AssistSettings,
)
from .talk import (
    Talk,
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
    Language,
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
    "DEFAULT_THRESHOLDS",
    "RULE_NAMES",
    "STAGES",
    "ActionPlan",
    "ActionState",
    "Acts",
    "Address",
    "AssistParts",
    "AssistSettings",
    "AttemptLimits",
    "Attempts",
    "Audit",
    "Author",
    "Batch",
    "Begun",
    "CatalogOffers",
    "Checks",
    "Conversation",
    "ConversationStore",
    "Decision",
    "DecisionKind",
    "Entity",
    "FeedbackKind",
    "Finds",
    "HttpOrders",
    "Identification",
    "Identity",
    "ImportedOrders",
    "JsonServer",
    "Language",
    "Message",
    "OfferedProduct",
    "OfferedVariant",
    "OpenActs",
    "Order",
    "OrderItem",
    "OrderStatus",
    "Orders",
    "OrdersSettings",
    "OrdersUnavailable",
    "Outcome",
    "Outcomes",
    "Passage",
    "PassageKind",
    "Payment",
    "PaymentKind",
    "PaymentMethod",
    "Policy",
    "PolicySettings",
    "Records",
    "Refused",
    "Rephrases",
    "Reply",
    "Ruling",
    "Said",
    "Sentence",
    "Service",
    "Shipment",
    "Shopper",
    "Situation",
    "SqliteOrders",
    "StoredMessage",
    "TakenTurn",
    "Talk",
    "Thresholds",
    "Tools",
    "Turn",
    "TurnStep",
    "Understanding",
    "Understands",
    "Write",
    "Written",
    "conversation_rows",
    "forget_conversations",
    "forget_old_conversations",
    "forget_orders",
    "open_acts",
    "open_orders",
    "orders_from_events",
    "read_orders",
    "read_outcomes",
    "read_taubench",
    "read_thresholds",
    "reply_to",
    "take_turn",
    "write_from",
]
