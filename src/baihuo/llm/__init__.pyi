from .answer_cache import AnswerCache as AnswerCache
from .asking import Asked as Asked, Budget as Budget, Task as Task, ask_all as ask_all
from .attributes import AttributeTask as AttributeTask, ProductAttributes as ProductAttributes
from .chat import (
    Answer as Answer,
    ChatModel as ChatModel,
    ModelAddress as ModelAddress,
    Prompt as Prompt,
)
from .erasing import forget_searches as forget_searches
from .grades import GradeTask as GradeTask
from .local_model import local_model as local_model
from .queries import QueryTask as QueryTask, RewriteTask as RewriteTask
from .turn_chat import (
    NoAnswer as NoAnswer,
    RetryBudget as RetryBudget,
    ShortAnswer as ShortAnswer,
    ToolCall as ToolCall,
    TurnChat as TurnChat,
)
