from .kinds import (
    Kind as Kind,
    read_kinds as read_kinds,
)
from .measure import (
    Bench as Bench,
    Costs as Costs,
)
from .report import (
    HarmfulRow as HarmfulRow,
    KindValue as KindValue,
    ValueReport as ValueReport,
    best_within as best_within,
    beyond_chance as beyond_chance,
    write_value as write_value,
)
from .row_values import (
    Encode as Encode,
    RowValues as RowValues,
    balanced as balanced,
    category_values as category_values,
    interest_values as interest_values,
    knn_shapley as knn_shapley,
    product_vectors as product_vectors,
    value_of_groups as value_of_groups,
)
from .rows import (
    EventRows as EventRows,
    ProductColumns as ProductColumns,
    read_events as read_events,
    read_products as read_products,
)
from .run import (
    ValueOptions as ValueOptions,
    value_dirt as value_dirt,
)
from .settings import (
    Metric as Metric,
    ValueSettings as ValueSettings,
)
