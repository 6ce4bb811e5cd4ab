"""The desk: conversations that a person answers, with a summary, suggested answers, and what is learned of what is sent."""

from .answers import Answered, Desk, Draft, WrittenMeanwhile
from .duty import DeskState, DutyFile, OnDuty, desk_state, opens_text
from .hours import OpeningHours
from .queue import DecidedTurn, DeskQueue, NotClaimed, QueuedConversation
from .settings import DeskSettings
from .suggestions import SuggestedAnswer, Suggester, open_question, suggested_answers
from .summary import Summary, Tried, summary_of

__all__ = [
    "Answered",
    "DecidedTurn",
    "Desk",
    "DeskQueue",
    "DeskSettings",
    "DeskState",
    "Draft",
    "DutyFile",
    "NotClaimed",
    "OnDuty",
    "OpeningHours",
    "QueuedConversation",
    "SuggestedAnswer",
    "Suggester",
    "Summary",
    "Tried",
    "WrittenMeanwhile",
    "desk_state",
    "open_question",
    "opens_text",
    "suggested_answers",
    "summary_of",
]
