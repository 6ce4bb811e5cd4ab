"""Conversations of a shop: what was said, decided and thought of it, in one file that forgets."""

from .begun import Begun
from .erasing import forget_conversations, forget_old_conversations
from .export import conversation_rows
from .feedback import FeedbackKind
from .outcomes import Outcomes, read_outcomes
from .store import ConversationStore, StoredMessage

__all__ = [
    "Begun",
    "ConversationStore",
    "FeedbackKind",
    "Outcomes",
    "StoredMessage",
    "conversation_rows",
    "forget_conversations",
    "forget_old_conversations",
    "read_outcomes",
]
