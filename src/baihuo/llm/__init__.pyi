from .answer_cache import AnswerCache
from .asking import Asked, Budget, Task, ask_all
from .attributes import AttributeTask, ProductAttributes
from .chat import Answer, ChatModel, ModelAddress, Prompt
from .erasing import forget_searches
from .grades import GradeTask
from .local_model import local_model
from .queries import QueryTask, RewriteTask
from .turn_chat import NoAnswer, RetryBudget, ShortAnswer, ToolCall, TurnChat

__all__ = [
    "Answer",
    "AnswerCache",
    "Asked",
    "AttributeTask",
    "Budget",
    "ChatModel",
    "GradeTask",
    "ModelAddress",
    "NoAnswer",
    "ProductAttributes",
    "Prompt",
    "QueryTask",
    "RetryBudget",
    "RewriteTask",
    "ShortAnswer",
    "Task",
    "ToolCall",
    "TurnChat",
    "ask_all",
    "forget_searches",
    "local_model",
]
