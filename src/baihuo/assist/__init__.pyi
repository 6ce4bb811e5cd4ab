from .act.attempts import AttemptLimits as AttemptLimits, Attempts as Attempts
from .act.identification import Identification as Identification, Outcome as Outcome
from .act.opening import OpenActs as OpenActs, open_acts as open_acts, open_orders as open_orders
from .act.tools import Audit as Audit, Tools as Tools
from .check import WordsCheck as WordsCheck, check_reply as check_reply
from .compose.rephrasing import Rephraser as Rephraser, open_rephraser as open_rephraser
from .conversation import (
    STAGES as STAGES,
    Acts as Acts,
    AssistParts as AssistParts,
    Checks as Checks,
    Finds as Finds,
    Identifies as Identifies,
    NotWanted as NotWanted,
    Records as Records,
    Rephrases as Rephrases,
    TakenTurn as TakenTurn,
    Understands as Understands,
    reply_to as reply_to,
    take_turn as take_turn,
)
from .decide import (
    DEFAULT_THRESHOLDS as DEFAULT_THRESHOLDS,
    Thresholds as Thresholds,
    read_thresholds as read_thresholds,
)
from .desk.answers import (
    Answered as Answered,
    Desk as Desk,
    Draft as Draft,
    WrittenMeanwhile as WrittenMeanwhile,
)
from .desk.duty import (
    DeskState as DeskState,
    DutyFile as DutyFile,
    OnDuty as OnDuty,
    desk_state as desk_state,
    opens_text as opens_text,
)
from .desk.hours import OpeningHours as OpeningHours
from .desk.queue import (
    DecidedTurn as DecidedTurn,
    DeskQueue as DeskQueue,
    NotClaimed as NotClaimed,
    QueuedConversation as QueuedConversation,
)
from .desk.settings import DeskSettings as DeskSettings
from .desk.suggestions import (
    SuggestedAnswer as SuggestedAnswer,
    Suggester as Suggester,
    open_question as open_question,
    suggested_answers as suggested_answers,
)
from .desk.summary import Summary as Summary, summary_of as summary_of
from .evaluation.page import service_page as service_page
from .evaluation.play import play_conversations as play_conversations
from .evaluation.report import ServiceReport as ServiceReport, service_report as service_report
from .evaluation.truth import read_conversation_truth as read_conversation_truth
from .goods import GoodsPassages as GoodsPassages, Shelf as Shelf
from .judged_pairs import (
    JudgedPair as JudgedPair,
    JudgedPairs as JudgedPairs,
    forget_judged_pairs as forget_judged_pairs,
    forget_old_judged_pairs as forget_old_judged_pairs,
    read_judged_pairs as read_judged_pairs,
)
from .knowledge.check import (
    KnowledgeFinding as KnowledgeFinding,
    KnowledgeReport as KnowledgeReport,
    Sold as Sold,
    check_knowledge as check_knowledge,
)
from .knowledge.cleaning import DROP_REASONS as DROP_REASONS
from .knowledge.entries import KnowledgeEntry as KnowledgeEntry
from .knowledge.pair_files import read_pairs as read_pairs, write_pairs as write_pairs
from .knowledge.past_pairs import PastPair as PastPair
from .knowledge.reading import (
    KnowledgeFile as KnowledgeFile,
    read_knowledge_file as read_knowledge_file,
)
from .knowledge.reviews import write_reviews as write_reviews
from .knowledge.store import KnowledgeStore as KnowledgeStore, Replaced as Replaced
from .learning.answers import (
    AnswersReport as AnswersReport,
    AnswerTraining as AnswerTraining,
    fit_answers as fit_answers,
)
from .learning.learn import SERVICE_PART as SERVICE_PART, learn_service as learn_service
from .learning.p_right import (
    RiskCoverage as RiskCoverage,
    calibration_error as calibration_error,
    risk_coverage as risk_coverage,
)
from .learning.split import reports_on as reports_on
from .learning.stages import StageTrainer as StageTrainer
from .learning.trainer import (
    ANSWERS as ANSWERS,
    UNDERSTANDING as UNDERSTANDING,
    said_key as said_key,
)
from .llm_settings import AssistLlmSettings as AssistLlmSettings
from .opening import (
    PART as PART,
    AssistRelease as AssistRelease,
    Finder as Finder,
    PartsOpener as PartsOpener,
)
from .orders.catalog_offers import CatalogOffers as CatalogOffers
from .orders.erasing import forget_orders as forget_orders
from .orders.from_events import orders_from_events as orders_from_events
from .orders.http_json import JsonServer as JsonServer
from .orders.http_orders import HttpOrders as HttpOrders
from .orders.import_files import (
    ImportedOrders as ImportedOrders,
    Refused as Refused,
    read_orders as read_orders,
)
from .orders.interface import (
    Orders as Orders,
    OrdersUnavailable as OrdersUnavailable,
    Situation as Situation,
    Written as Written,
)
from .orders.records import (
    Address as Address,
    OfferedProduct as OfferedProduct,
    OfferedVariant as OfferedVariant,
    Order as Order,
    OrderItem as OrderItem,
    OrderStatus as OrderStatus,
    Payment as Payment,
    PaymentKind as PaymentKind,
    PaymentMethod as PaymentMethod,
    Shipment as Shipment,
    Shopper as Shopper,
)
from .orders.settings import OrdersSettings as OrdersSettings
from .orders.sqlite_orders import Batch as Batch, SqliteOrders as SqliteOrders
from .orders.taubench import read_taubench as read_taubench
from .orders.writes import Write as Write, write_from as write_from
from .policy.model import PolicySettings as PolicySettings
from .policy.policy import Policy as Policy, Ruling as Ruling
from .policy.texts import RULE_NAMES as RULE_NAMES
from .record import (
    Begun as Begun,
    ConversationStore as ConversationStore,
    FeedbackKind as FeedbackKind,
    Outcomes as Outcomes,
    QueueLimits as QueueLimits,
    StoredMessage as StoredMessage,
    conversation_rows as conversation_rows,
    forget_conversations as forget_conversations,
    forget_old_conversations as forget_old_conversations,
    read_outcomes as read_outcomes,
)
from .retrieve.opening import open_retriever as open_retriever
from .retrieve.policy_passages import (
    PolicyPassages as PolicyPassages,
    policy_passages as policy_passages,
)
from .retrieve.retriever import (
    FindProducts as FindProducts,
    ProductPassages as ProductPassages,
    Retriever as Retriever,
)
from .service import Said as Said, Service as Service
from .settings import AssistSettings as AssistSettings, AssistSetup as AssistSetup
from .talk import Talk as Talk
from .turns import (
    ActionPlan as ActionPlan,
    ActionState as ActionState,
    Author as Author,
    Conversation as Conversation,
    Decision as Decision,
    DecisionKind as DecisionKind,
    Entity as Entity,
    Identity as Identity,
    Language as Language,
    Message as Message,
    Passage as Passage,
    PassageKind as PassageKind,
    Reply as Reply,
    Sentence as Sentence,
    Turn as Turn,
    TurnStep as TurnStep,
    Understanding as Understanding,
)
