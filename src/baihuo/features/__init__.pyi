from .online.counters import (
    SEEN as SEEN,
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
    FeatureSpec as FeatureSpec,
    FeaturesFile as FeaturesFile,
    PcaSpec as PcaSpec,
    SelectSpec as SelectSpec,
    SpaceSpec as SpaceSpec,
    TargetSpec as TargetSpec,
    TfidfSpec as TfidfSpec,
    Word2VecSpec as Word2VecSpec,
    example_features as example_features,
    read_features_file as read_features_file,
)
from .spec.plan import window_of as window_of, window_start_us as window_start_us
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
from .transforms.fitted import (
    CrossKeys as CrossKeys,
    Scaling as Scaling,
    TargetTable as TargetTable,
    TransformInputs as TransformInputs,
    Transforms as Transforms,
    before as before,
    cross as cross,
    cross_key as cross_key,
    cross_keys as cross_keys,
    smoothing as smoothing,
)
from .transforms.selection import (
    l1_weights as l1_weights,
    mutual_information as mutual_information,
    permutation_importance as permutation_importance,
    strongest_columns as strongest_columns,
)
from .transforms.sequence import (
    SkipGramConfig as SkipGramConfig,
    WordVectors as WordVectors,
    skip_gram as skip_gram,
    split_sessions as split_sessions,
)
from .transforms.spaces import (
    CandidateComparison as CandidateComparison,
    ProductVectors as ProductVectors,
    ReducedVectors as ReducedVectors,
    Tfidf as Tfidf,
    TitleVectors as TitleVectors,
    Vectors as Vectors,
    WordMeans as WordMeans,
    pca as pca,
    title_words as title_words,
    truncated_svd as truncated_svd,
    unit_vectors as unit_vectors,
)
