from .act.attempts import (
    AttemptLimits,
    Attempts,
)
from .act.identification import (
    Identification,
    Outcome,
)
from .act.opening import (
    OpenActs,
    open_acts,
    open_orders,
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
    Identifies,
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
from .goods import (
    GoodsPassages,
    Shelf,
)
from .knowledge.check import (
    KnowledgeFinding,
    KnowledgeReport,
    Sold,
    check_knowledge,
)
from .knowledge.cleaning import (
    DROP_REASONS,
)
from .knowledge.entries import (
    KnowledgeEntry,
)
from .knowledge.pair_files import (
    read_pairs,
    write_pairs,
)
from .knowledge.past_pairs import (
    PastPair,
)
from .knowledge.reading import (
    KnowledgeFile,
    read_knowledge_file,
)
from .knowledge.store import (
    KnowledgeStore,
    Replaced,
)
from .learning.answers import (
    AnswersReport,
    AnswerTraining,
    fit_answers,
)
from .learning.p_right import (
    RiskCoverage,
    calibration_error,
    risk_coverage,
)
from .opening import (
    PART,
    Finder,
    open_parts,
)
from .orders.catalog_offers import (
    CatalogOffers,
)
from .orders.erasing import (
    forget_orders,
)
from .orders.from_events import (
    orders_from_events,
)
from .orders.http_json import (
    JsonServer,
)
from .orders.http_orders import (
    HttpOrders,
)
from .orders.import_files import (
    ImportedOrders,
    Refused,
    read_orders,
)
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
from .orders.settings import (
    OrdersSettings,
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
from .policy.texts import (
    RULE_NAMES,
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
from .retrieve.opening import (
    open_retriever,
)
from .retrieve.retriever import (
    FindProducts,
    ProductPassages,
    Retriever,
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
    "DROP_REASONS",
    "PART",
    "RULE_NAMES",
    "STAGES",
    "ActionPlan",
    "ActionState",
    "Acts",
    "Address",
    "AnswerTraining",
    "AnswersReport",
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
    "FindProducts",
    "Finder",
    "Finds",
    "GoodsPassages",
    "HttpOrders",
    "Identification",
    "Identifies",
    "Identity",
    "ImportedOrders",
    "JsonServer",
    "KnowledgeEntry",
    "KnowledgeFile",
    "KnowledgeFinding",
    "KnowledgeReport",
    "KnowledgeStore",
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
    "PastPair",
    "Payment",
    "PaymentKind",
    "PaymentMethod",
    "Policy",
    "PolicySettings",
    "ProductPassages",
    "Records",
    "Refused",
    "Rephrases",
    "Replaced",
    "Reply",
    "Retriever",
    "RiskCoverage",
    "Ruling",
    "Said",
    "Sentence",
    "Service",
    "Shelf",
    "Shipment",
    "Shopper",
    "Situation",
    "Sold",
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
    "calibration_error",
    "check_knowledge",
    "conversation_rows",
    "fit_answers",
    "forget_conversations",
    "forget_old_conversations",
    "forget_orders",
    "open_acts",
    "open_orders",
    "open_parts",
    "open_retriever",
    "orders_from_events",
    "read_knowledge_file",
    "read_orders",
    "read_outcomes",
    "read_pairs",
    "read_taubench",
    "read_thresholds",
    "reply_to",
    "risk_coverage",
    "take_turn",
    "write_from",
    "write_pairs",
]
