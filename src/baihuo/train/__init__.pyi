from .clicks.choices import CalibrationSegment, CalibrationWay, PositionLearning, Together
from .clicks.compare import Comparison, SystemResult, probabilities
from .clicks.data import ClickData, click_data
from .clicks.examples import Split, impressions, split_by_time
from .clicks.inputs import ClickSource, ClickTraining
from .clicks.live import compare_to_live
from .clicks.slice_report import SliceReference, slice_report
from .clicks.slices import Slices, slices
from .clicks.start import ClickStart, click_start
from .clicks.trainer import ClickTrainer, TrainResult
from .encoders.adapt import adapt_encoder
from .encoders.clicked import clicked_queries
from .encoders.settings import AdaptSettings
from .newcomers.stage import NewcomersResult, train_newcomers
from .next_item.learn import NextItemTraining, learn_next_item
from .next_item.stage import NextItemsResult, train_next_items
from .purchases.learn import PurchaseTraining, learn_purchases
from .purchases.stage import PurchasesResult, train_purchases
from .reports.column_gain import FeatureReport
from .reports.features import feature_report
from .search.audit import audit_relevance
from .search.dense_threshold import DenseThreshold, fit_dense_threshold
from .search.relevance_eval import evaluate_search
from .search.relevance_examples import is_held_out
from .search.tuning.clicked_searches import ClickedSearches
from .search.tuning.graders import SearchEvidence
from .search.tuning.judged_queries import JudgedQueries
from .search.tuning.nested import Nested, group_of, nested
from .search.tuning.tune_search import SearchTuned, tune_search
from .search_order.candidates import LearnedClicks
from .search_order.stage import SearchOrderResult, learn_search_order
from .tables.beside.forest import Forest
from .tables.beside.forest_node import tree_attributes
from .tables.columns import TableSpec
from .tables.compress import Compression, compress_table
from .tables.explain import Contribution, RowExplanation, TableExplainer
from .tables.measures import MEASURE_WORDS, measure_scores
from .tables.model_folder import TableModel
from .tables.settings import DeepSettings
from .tables.stage import train_table
from .tables.start_processes import torchrun_place
from .tables.table_training import TableTraining
from .tuning.settings import TuneSettings
from .tuning.stage import TableTuning, tune_table

__all__ = [
    "MEASURE_WORDS",
    "AdaptSettings",
    "CalibrationSegment",
    "CalibrationWay",
    "ClickData",
    "ClickSource",
    "ClickStart",
    "ClickTrainer",
    "ClickTraining",
    "ClickedSearches",
    "Comparison",
    "Compression",
    "Contribution",
    "DeepSettings",
    "DenseThreshold",
    "FeatureReport",
    "Forest",
    "JudgedQueries",
    "LearnedClicks",
    "Nested",
    "NewcomersResult",
    "NextItemTraining",
    "NextItemsResult",
    "PositionLearning",
    "PurchaseTraining",
    "PurchasesResult",
    "RowExplanation",
    "SearchEvidence",
    "SearchOrderResult",
    "SearchTuned",
    "SliceReference",
    "Slices",
    "Split",
    "SystemResult",
    "TableExplainer",
    "TableModel",
    "TableSpec",
    "TableTraining",
    "TableTuning",
    "Together",
    "TrainResult",
    "TuneSettings",
    "adapt_encoder",
    "audit_relevance",
    "click_data",
    "click_start",
    "clicked_queries",
    "compare_to_live",
    "compress_table",
    "evaluate_search",
    "feature_report",
    "fit_dense_threshold",
    "group_of",
    "impressions",
    "is_held_out",
    "learn_next_item",
    "learn_purchases",
    "learn_search_order",
    "measure_scores",
    "nested",
    "probabilities",
    "slice_report",
    "slices",
    "split_by_time",
    "torchrun_place",
    "train_newcomers",
    "train_next_items",
    "train_purchases",
    "train_table",
    "tree_attributes",
    "tune_search",
    "tune_table",
]
