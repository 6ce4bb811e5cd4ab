from .exploration import NO_EXPLORATION as NO_EXPLORATION, Exploration as Exploration
from .filters import ForSale as ForSale, InCatalogue as InCatalogue, QueryFilters as QueryFilters
from .frozen import exploration_of as exploration_of
from .hydrators import (
    ClickFeatures as ClickFeatures,
    ClickModel as ClickModel,
    Offers as Offers,
)
from .orders import served_orders as served_orders
from .pipeline import Pipeline as Pipeline, PipelineResult as PipelineResult
from .ranker import Ranker as Ranker
from .reasons import REASON_MEANINGS as REASON_MEANINGS
from .request_context import Beside as Beside, RequestContext as RequestContext
from .stages import (
    Filter as Filter,
    Hydrator as Hydrator,
    Selection as Selection,
    Selector as Selector,
    Source as Source,
    Stage as Stage,
)
from .why import Cause as Cause, Why as Why, why as why
from .why_not import WhyNot as WhyNot, where_in_order as where_in_order, why_not as why_not
