"""Conversations of a shop: what was said, decided and thought of it, in one file that forgets."""

from baihuo.assist.record.begun import Begun
from baihuo.assist.record.erasing import forget_conversations, forget_old_conversations
from baihuo.assist.record.export import conversation_rows
from baihuo.assist.record.feedback import FeedbackKind
from baihuo.assist.record.outcomes import Outcomes, read_outcomes
from baihuo.assist.record.store import ConversationStore, QueueLimits, StoredMessage

__all__ = [
    "Begun",
    "ConversationStore",
    "FeedbackKind",
    "Outcomes",
    "QueueLimits",
    "StoredMessage",
    "conversation_rows",
    "forget_conversations",
    "forget_old_conversations",
    "read_outcomes",
]
