from .online.counters import (
    History as History,
)
from .online.flood_settings import (
    FloodSettings as FloodSettings,
)
from .online.popularity_gate import (
    DecayedCounts as DecayedCounts,
    PopularityGate as PopularityGate,
)
from .online.state import (
    FeatureState as FeatureState,
)
from .spec.declare import (
    DERIVED_FUNCTIONS as DERIVED_FUNCTIONS,
    TOP_OF_SEARCH as TOP_OF_SEARCH,
    Derived as Derived,
    DerivedKind as DerivedKind,
    EventKind as EventKind,
    FeatureSet as FeatureSet,
    Lookback as Lookback,
    derived_function as derived_function,
    is_kind_sql as is_kind_sql,
)
from .spec.default import (
    default_features as default_features,
    describe as describe,
    feature_words as feature_words,
    features_page as features_page,
)
from .spec.file import (
    DEFAULT_TEXT as DEFAULT_TEXT,
    FeaturesFile as FeaturesFile,
    example_features as example_features,
    read_features_file as read_features_file,
)
from .spec.plan import (
    SEEN as SEEN,
    window_of as window_of,
    window_start_us as window_start_us,
)
from .spec.replay import (
    LastCheck as LastCheck,
    Replay as Replay,
    read_replay as read_replay,
    replay_of as replay_of,
    write_replay as write_replay,
)
from .sql.snapshot import (
    snapshot as snapshot,
    state_folder as state_folder,
)
from .sql.timeline import (
    compute as compute,
)
from .transforms import (
    request as request,
)
