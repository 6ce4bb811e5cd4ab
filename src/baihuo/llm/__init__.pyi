from .asking import (
    AnswerCache as AnswerCache,
    Asked as Asked,
    Budget as Budget,
    Task as Task,
    ask_all as ask_all,
    forget_searches as forget_searches,
)
from .chat import (
    Answer as Answer,
    ChatModel as ChatModel,
    ModelAddress as ModelAddress,
    Prompt as Prompt,
)
from .local_model import (
    local_model as local_model,
)
from .tasks import (
    AttributeTask as AttributeTask,
    GradeTask as GradeTask,
    ProductAttributes as ProductAttributes,
    PurposeTask as PurposeTask,
    QueryTask as QueryTask,
    RewriteTask as RewriteTask,
)
from .turn_chat import (
    NoAnswer as NoAnswer,
    RetryBudget as RetryBudget,
    ShortAnswer as ShortAnswer,
    ToolCall as ToolCall,
    TurnChat as TurnChat,
)
