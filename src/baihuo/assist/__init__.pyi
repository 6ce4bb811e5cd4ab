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
from .check import (
    WordsCheck,
    check_reply,
)
from .compose.rephrasing import (
    Rephraser,
    open_rephraser,
)
from .conversation import (
    STAGES,
    Acts,
    AssistParts,
    Checks,
    Finds,
    Identifies,
    NotWanted,
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
from .desk.answers import (
    Answered,
    Desk,
    Draft,
    WrittenMeanwhile,
)
from .desk.duty import (
    DeskState,
    DutyFile,
    OnDuty,
    desk_state,
    opens_text,
)
from .desk.hours import (
    OpeningHours,
)
from .desk.queue import (
    DecidedTurn,
    DeskQueue,
    NotClaimed,
    QueuedConversation,
)
from .desk.settings import (
    DeskSettings,
)
from .desk.suggestions import (
    SuggestedAnswer,
    Suggester,
    open_question,
    suggested_answers,
)
from .desk.summary import (
    Summary,
    summary_of,
)
from .evaluation.page import (
    service_page,
)
from .evaluation.play import (
    play_conversations,
)
from .evaluation.report import (
    ServiceReport,
    service_report,
)
from .evaluation.truth import (
    read_conversation_truth,
)
from .goods import (
    GoodsPassages,
    Shelf,
)
from .judged_pairs import (
    JudgedPair,
    JudgedPairs,
    forget_judged_pairs,
    forget_old_judged_pairs,
    read_judged_pairs,
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
from .knowledge.reviews import (
    write_reviews,
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
from .learning.learn import (
    SERVICE_PART,
    learn_service,
)
from .learning.p_right import (
    RiskCoverage,
    calibration_error,
    risk_coverage,
)
from .learning.split import (
    reports_on,
)
from .learning.stages import (
    StageTrainer,
)
from .learning.trainer import (
    ANSWERS,
    UNDERSTANDING,
    said_key,
)
from .llm_settings import (
    AssistLlmSettings,
)
from .opening import (
    PART,
    AssistRelease,
    Finder,
    PartsOpener,
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
    QueueLimits,
    StoredMessage,
    conversation_rows,
    forget_conversations,
    forget_old_conversations,
    read_outcomes,
)
from .retrieve.opening import (
    open_retriever,
)
from .retrieve.policy_passages import (
    PolicyPassages,
    policy_passages,
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
    AssistSetup,
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
    "ANSWERS",
    "DEFAULT_THRESHOLDS",
    "DROP_REASONS",
    "PART",
    "RULE_NAMES",
    "SERVICE_PART",
    "STAGES",
    "UNDERSTANDING",
    "ActionPlan",
    "ActionState",
    "Acts",
    "Address",
    "AnswerTraining",
    "Answered",
    "AnswersReport",
    "AssistLlmSettings",
    "AssistParts",
    "AssistRelease",
    "AssistSettings",
    "AssistSetup",
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
    "DecidedTurn",
    "Decision",
    "DecisionKind",
    "Desk",
    "DeskQueue",
    "DeskSettings",
    "DeskState",
    "Draft",
    "DutyFile",
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
    "JudgedPair",
    "JudgedPairs",
    "KnowledgeEntry",
    "KnowledgeFile",
    "KnowledgeFinding",
    "KnowledgeReport",
    "KnowledgeStore",
    "Language",
    "Message",
    "NotClaimed",
    "NotWanted",
    "OfferedProduct",
    "OfferedVariant",
    "OnDuty",
    "OpenActs",
    "OpeningHours",
    "Order",
    "OrderItem",
    "OrderStatus",
    "Orders",
    "OrdersSettings",
    "OrdersUnavailable",
    "Outcome",
    "Outcomes",
    "PartsOpener",
    "Passage",
    "PassageKind",
    "PastPair",
    "Payment",
    "PaymentKind",
    "PaymentMethod",
    "Policy",
    "PolicyPassages",
    "PolicySettings",
    "ProductPassages",
    "QueueLimits",
    "QueuedConversation",
    "Records",
    "Refused",
    "Rephraser",
    "Rephrases",
    "Replaced",
    "Reply",
    "Retriever",
    "RiskCoverage",
    "Ruling",
    "Said",
    "Sentence",
    "Service",
    "ServiceReport",
    "Shelf",
    "Shipment",
    "Shopper",
    "Situation",
    "Sold",
    "SqliteOrders",
    "StageTrainer",
    "StoredMessage",
    "SuggestedAnswer",
    "Suggester",
    "Summary",
    "TakenTurn",
    "Talk",
    "Thresholds",
    "Tools",
    "Turn",
    "TurnStep",
    "Understanding",
    "Understands",
    "WordsCheck",
    "Write",
    "Written",
    "WrittenMeanwhile",
    "calibration_error",
    "check_knowledge",
    "check_reply",
    "conversation_rows",
    "desk_state",
    "fit_answers",
    "forget_conversations",
    "forget_judged_pairs",
    "forget_old_conversations",
    "forget_old_judged_pairs",
    "forget_orders",
    "learn_service",
    "open_acts",
    "open_orders",
    "open_question",
    "open_rephraser",
    "open_retriever",
    "opens_text",
    "orders_from_events",
    "play_conversations",
    "policy_passages",
    "read_conversation_truth",
    "read_judged_pairs",
    "read_knowledge_file",
    "read_orders",
    "read_outcomes",
    "read_pairs",
    "read_taubench",
    "read_thresholds",
    "reply_to",
    "reports_on",
    "risk_coverage",
    "said_key",
    "service_page",
    "service_report",
    "suggested_answers",
    "summary_of",
    "take_turn",
    "write_from",
    "write_pairs",
    "write_reviews",
]
