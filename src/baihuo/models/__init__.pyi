from .baskets import DAY_US, Baskets
from .calibrate import fit_calibrator
from .calibrator import Calibrator, log_odds
from .candidate_features import (
    CANDIDATE_FEATURES,
    CANDIDATE_SOURCES,
    CandidateFeatures,
    PurchaseScores,
)
from .co_purchase import CoPurchase
from .contract import (
    Blend,
    ChosenModel,
    Examples,
    File,
    Files,
    FitContext,
    Learns,
    Model,
    ModelSpec,
    Prediction,
    Predictions,
    bytes_of,
    file_from_bytes,
    file_to_bytes,
    json_of,
    select_columns,
    text_of,
)
from .ctr import CtrNetwork, NetworkConfig, fit_network
from .deep.contract import IS_THERE, DeepModel, DeepShape, History, TextSlots
from .deep.ensemble import build_deep_model
from .deep.onnx_graph import OnnxGraph
from .deep.registry import (
    DEEP_DEFAULT,
    DEEP_MODELS,
    FUNNEL_MODELS,
    HISTORY_MODELS,
    deep_model,
    kinds_named,
    settings_read,
    single_deep_model,
)
from .deep.stored_rows import ROW_KINDS, RowKind
from .deep.with_texts import text_places, text_rows
from .ease import MAX_PRODUCTS, Ease
from .item_knn import ItemKnn
from .neighbours import Neighbours
from .network import Network
from .newcomer_order import (
    SEGMENT_DIMENSIONS,
    NewcomerOrder,
    is_declared,
    segment_values,
)
from .next_item import (
    NEXT_ITEM_FEATURES,
    NextItemModel,
    NextItemSources,
    Texts,
    next_item_candidates,
    next_item_features,
)
from .pair_lift import PairLift
from .platt import platt_line
from .popularity import Popularity
from .product_titles import ProductTitles
from .purchase_history import PurchaseHistory
from .purchase_model import (
    DISCOVER_MODE,
    HOME_MODE,
    PURCHASE_MODES,
    PURCHASE_SETTINGS,
    PurchaseModel,
    visitor_batches,
)
from .registry import fit_models, models_of, open_models, registered, with_parts
from .repeat_purchase import RepeatPurchase
from .scaler import Scaler
from .sequences import LONGEST_HISTORY, Sequences
from .title_words import title_words
from .titles import similar_titles
from .transitions import Transitions
from .trees import Ranked, Trees, TreesConfig, fit_ranker

__all__ = [
    "CANDIDATE_FEATURES",
    "CANDIDATE_SOURCES",
    "DAY_US",
    "DEEP_DEFAULT",
    "DEEP_MODELS",
    "DISCOVER_MODE",
    "FUNNEL_MODELS",
    "HISTORY_MODELS",
    "HOME_MODE",
    "IS_THERE",
    "LONGEST_HISTORY",
    "MAX_PRODUCTS",
    "NEXT_ITEM_FEATURES",
    "PURCHASE_MODES",
    "PURCHASE_SETTINGS",
    "ROW_KINDS",
    "SEGMENT_DIMENSIONS",
    "Baskets",
    "Blend",
    "Calibrator",
    "CandidateFeatures",
    "ChosenModel",
    "CoPurchase",
    "CtrNetwork",
    "DeepModel",
    "DeepShape",
    "Ease",
    "Examples",
    "File",
    "Files",
    "FitContext",
    "History",
    "ItemKnn",
    "Learns",
    "Model",
    "ModelSpec",
    "Neighbours",
    "Network",
    "NetworkConfig",
    "NewcomerOrder",
    "NextItemModel",
    "NextItemSources",
    "OnnxGraph",
    "PairLift",
    "Popularity",
    "Prediction",
    "Predictions",
    "ProductTitles",
    "PurchaseHistory",
    "PurchaseModel",
    "PurchaseScores",
    "Ranked",
    "RepeatPurchase",
    "RowKind",
    "Scaler",
    "Sequences",
    "TextSlots",
    "Texts",
    "Transitions",
    "Trees",
    "TreesConfig",
    "build_deep_model",
    "bytes_of",
    "deep_model",
    "file_from_bytes",
    "file_to_bytes",
    "fit_calibrator",
    "fit_models",
    "fit_network",
    "fit_ranker",
    "is_declared",
    "json_of",
    "kinds_named",
    "log_odds",
    "models_of",
    "next_item_candidates",
    "next_item_features",
    "open_models",
    "platt_line",
    "registered",
    "segment_values",
    "select_columns",
    "settings_read",
    "similar_titles",
    "single_deep_model",
    "text_of",
    "text_places",
    "text_rows",
    "title_words",
    "visitor_batches",
    "with_parts",
]
