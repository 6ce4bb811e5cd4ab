from .clicks.choices import (
    CalibrationSegment as CalibrationSegment,
    CalibrationWay as CalibrationWay,
    PositionLearning as PositionLearning,
)
from .clicks.compare import (
    Comparison as Comparison,
    SystemResult as SystemResult,
    probabilities as probabilities,
)
from .clicks.data import ClickData as ClickData, click_data as click_data
from .clicks.examples import (
    Split as Split,
    impressions as impressions,
    split_by_time as split_by_time,
)
from .clicks.inputs import ClickSource as ClickSource, ClickTraining as ClickTraining
from .clicks.live import compare_to_live as compare_to_live
from .clicks.slice_report import SliceReference as SliceReference, slice_report as slice_report
from .clicks.slices import Slices as Slices, slices as slices
from .clicks.start import ClickStart as ClickStart, click_start as click_start
from .clicks.trainer import ClickTrainer as ClickTrainer, TrainResult as TrainResult
from .encoders.adapt import adapt_encoder as adapt_encoder
from .encoders.clicked import clicked_queries as clicked_queries
from .encoders.settings import AdaptSettings as AdaptSettings
from .learned import Learned as Learned
from .newcomers.stage import train_newcomers as train_newcomers
from .next_item.learn import (
    NextItemTraining as NextItemTraining,
    learn_next_item as learn_next_item,
)
from .next_item.stage import train_next_items as train_next_items
from .purchases.learn import (
    PurchaseTraining as PurchaseTraining,
    learn_purchases as learn_purchases,
)
from .purchases.stage import train_purchases as train_purchases
from .reports.features import FeatureReport as FeatureReport, feature_report as feature_report
from .search.audit import audit_relevance as audit_relevance
from .search.dense_threshold import (
    DenseThreshold as DenseThreshold,
    fit_dense_threshold as fit_dense_threshold,
)
from .search.relevance_eval import evaluate_search as evaluate_search
from .search.relevance_examples import is_held_out as is_held_out
from .search.tuning.clicked_searches import ClickedSearches as ClickedSearches
from .search.tuning.graders import SearchEvidence as SearchEvidence
from .search.tuning.judged_queries import JudgedQueries as JudgedQueries
from .search.tuning.nested import Nested as Nested, group_of as group_of, nested as nested
from .search.tuning.tune_search import SearchTuned as SearchTuned, tune_search as tune_search
from .search_order.candidates import LearnedClicks as LearnedClicks
from .search_order.stage import learn_search_order as learn_search_order
from .tables.beside.forest import Forest as Forest, tree_attributes as tree_attributes
from .tables.columns import TableSpec as TableSpec
from .tables.compress import Compression as Compression, compress_table as compress_table
from .tables.explain import (
    Contribution as Contribution,
    RowExplanation as RowExplanation,
    TableExplainer as TableExplainer,
)
from .tables.measures import MEASURE_WORDS as MEASURE_WORDS, measure_scores as measure_scores
from .tables.model_folder import TableModel as TableModel
from .tables.stage import train_table as train_table
from .tables.table_training import TableTraining as TableTraining
from .tastes.stage import train_tastes as train_tastes
from .tuning.models import tune_model as tune_model, tune_table as tune_table
from .tuning.settings import TuneSettings as TuneSettings
