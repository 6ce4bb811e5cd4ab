from .budget import best_within
from .kinds import Kind, read_kinds
from .measure import Bench, Costs
from .page import write_value
from .products import ProductColumns, read_products
from .report import HarmfulRow, KindValue, ValueReport, beyond_chance
from .row_values import Encode, RowValues, category_values, interest_values, product_vectors
from .rows import EventRows, read_events
from .run import ValueOptions, value_dirt
from .settings import Metric, ValueSettings
from .shapley import balanced, knn_shapley, value_of_groups

__all__ = [
    "Bench",
    "Costs",
    "Encode",
    "EventRows",
    "HarmfulRow",
    "Kind",
    "KindValue",
    "Metric",
    "ProductColumns",
    "RowValues",
    "ValueOptions",
    "ValueReport",
    "ValueSettings",
    "balanced",
    "best_within",
    "beyond_chance",
    "category_values",
    "interest_values",
    "knn_shapley",
    "product_vectors",
    "read_events",
    "read_kinds",
    "read_products",
    "value_dirt",
    "value_of_groups",
    "write_value",
]
