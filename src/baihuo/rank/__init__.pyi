from .exploration import NO_EXPLORATION as NO_EXPLORATION, Exploration as Exploration
from .frozen import exploration_of as exploration_of
from .orders import served_orders as served_orders
from .ranker import Ranker as Ranker
from .reasons import REASON_MEANINGS as REASON_MEANINGS
from .why import Cause as Cause, Why as Why, why as why
from .why_not import WhyNot as WhyNot, where_in_order as where_in_order, why_not as why_not
