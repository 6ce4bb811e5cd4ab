from .budget import best_within as best_within
from .kinds import Kind as Kind, read_kinds as read_kinds
from .measure import Bench as Bench, Costs as Costs
from .page import write_value as write_value
from .products import ProductColumns as ProductColumns, read_products as read_products
from .report import (
    HarmfulRow as HarmfulRow,
    KindValue as KindValue,
    ValueReport as ValueReport,
    beyond_chance as beyond_chance,
)
from .row_values import (
    Encode as Encode,
    RowValues as RowValues,
    category_values as category_values,
    interest_values as interest_values,
    product_vectors as product_vectors,
)
from .rows import EventRows as EventRows, read_events as read_events
from .run import ValueOptions as ValueOptions, value_dirt as value_dirt
from .settings import Metric as Metric, ValueSettings as ValueSettings
from .shapley import (
    balanced as balanced,
    knn_shapley as knn_shapley,
    value_of_groups as value_of_groups,
)
