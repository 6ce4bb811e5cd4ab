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
from .evaluation.page import service_page
from .evaluation.play import play_conversations
from .evaluation.report import ServiceReport, service_report
from .evaluation.truth import read_conversation_truth
from .learning.learn import SERVICE_PART, learn_service
from .learning.split import reports_on
from .learning.stages import StageTrainer
from .learning.trainer import said_key
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
    "SERVICE_PART",
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
    "Checks",
    "Conversation",
    "ConversationStore",
    "Decision",
    "DecisionKind",
    "Entity",
    "FeedbackKind",
    "Finds",
    "Identification",
    "Identity",
    "Language",
    "Message",
    "OfferedProduct",
    "OfferedVariant",
    "Order",
    "OrderItem",
    "OrderStatus",
    "Orders",
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
    "Rephrases",
    "Reply",
    "Ruling",
    "Said",
    "Sentence",
    "Service",
    "ServiceReport",
    "Shipment",
    "Shopper",
    "Situation",
    "SqliteOrders",
    "StageTrainer",
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
    "learn_service",
    "play_conversations",
    "read_conversation_truth",
    "read_outcomes",
    "read_taubench",
    "read_thresholds",
    "reply_to",
    "reports_on",
    "said_key",
    "service_page",
    "service_report",
    "take_turn",
    "write_from",
]
