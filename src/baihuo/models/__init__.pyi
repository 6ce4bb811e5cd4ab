from .baskets import DAY_US as DAY_US, Baskets as Baskets
from .calibrate import fit_calibrator as fit_calibrator
from .calibrator import Calibrator as Calibrator, log_odds as log_odds
from .candidate_features import (
    CANDIDATE_FEATURES as CANDIDATE_FEATURES,
    CANDIDATE_SOURCES as CANDIDATE_SOURCES,
    CandidateFeatures as CandidateFeatures,
    PurchaseScores as PurchaseScores,
)
from .co_purchase import CoPurchase as CoPurchase
from .contract import (
    Blend as Blend,
    ChosenModel as ChosenModel,
    Examples as Examples,
    File as File,
    Files as Files,
    FitContext as FitContext,
    Learns as Learns,
    Model as Model,
    ModelSpec as ModelSpec,
    Prediction as Prediction,
    Predictions as Predictions,
    bytes_of as bytes_of,
    file_from_bytes as file_from_bytes,
    file_to_bytes as file_to_bytes,
    json_of as json_of,
    select_columns as select_columns,
    text_of as text_of,
)
from .deep.contract import DeepModel as DeepModel
from .deep.embeddings import grown as grown
from .deep.ensemble import build_deep_model as build_deep_model
from .deep.fit import (
    NumbersNetwork as NumbersNetwork,
    fit_network as fit_network,
)
from .deep.network_config import NetworkConfig as NetworkConfig
from .deep.registry import (
    DEEP_DEFAULT as DEEP_DEFAULT,
    DEEP_MODELS as DEEP_MODELS,
    HISTORY_MODELS as HISTORY_MODELS,
    ROW_KINDS as ROW_KINDS,
    RowKind as RowKind,
    deep_model as deep_model,
    kinds_named as kinds_named,
    settings_read as settings_read,
    single_deep_model as single_deep_model,
)
from .deep.rows import Rows as Rows, TrainingRows as TrainingRows
from .deep.scorer import (
    TableScorer as TableScorer,
    onnx_bytes as onnx_bytes,
)
from .deep.settings import DeepSettings as DeepSettings
from .deep.shape import (
    IS_THERE as IS_THERE,
    DeepShape as DeepShape,
    History as History,
    TextSlots as TextSlots,
)
from .deep.trainer import (
    Diverged as Diverged,
    Step as Step,
    Trainer as Trainer,
    text_tensors as text_tensors,
    to_tensor as to_tensor,
)
from .deep.weights import Tensors as Tensors, Weights as Weights
from .deep.with_texts import text_places as text_places, text_rows as text_rows
from .ease import MAX_PRODUCTS as MAX_PRODUCTS, Ease as Ease
from .item_knn import ItemKnn as ItemKnn
from .neighbours import Neighbours as Neighbours
from .network import Network as Network, onnx_session as onnx_session
from .newcomer_order import (
    SEGMENT_DIMENSIONS as SEGMENT_DIMENSIONS,
    NewcomerOrder as NewcomerOrder,
    is_declared as is_declared,
    segment_values as segment_values,
)
from .next_item import (
    NEXT_ITEM_FEATURES as NEXT_ITEM_FEATURES,
    NextItemModel as NextItemModel,
    NextItemSources as NextItemSources,
    Texts as Texts,
    next_item_candidates as next_item_candidates,
    next_item_features as next_item_features,
)
from .pair_lift import PairLift as PairLift
from .platt import platt_line as platt_line
from .popularity import Popularity as Popularity
from .product_titles import ProductTitles as ProductTitles
from .purchase_history import PurchaseHistory as PurchaseHistory
from .purchase_model import (
    DISCOVER_MODE as DISCOVER_MODE,
    HOME_MODE as HOME_MODE,
    PURCHASE_MODES as PURCHASE_MODES,
    PURCHASE_SETTINGS as PURCHASE_SETTINGS,
    PurchaseModel as PurchaseModel,
    visitor_batches as visitor_batches,
)
from .registry import (
    checked_settings as checked_settings,
    fit_models as fit_models,
    models_of as models_of,
    open_models as open_models,
    registered as registered,
    with_parts as with_parts,
)
from .repeat_purchase import RepeatPurchase as RepeatPurchase
from .scaler import Scaler as Scaler
from .sequences import LONGEST_HISTORY as LONGEST_HISTORY, Sequences as Sequences
from .shapley import shapley as shapley
from .tastes import (
    LEVELS as LEVELS,
    TASTE_SHAPES as TASTE_SHAPES,
    TASTE_WEIGHT as TASTE_WEIGHT,
    Assortment as Assortment,
    Interests as Interests,
    Seen as Seen,
    Tastes as Tastes,
    fit_tastes as fit_tastes,
)
from .title_words import title_words as title_words
from .titles import similar_titles as similar_titles
from .transitions import Transitions as Transitions
from .trees import (
    Labelled as Labelled,
    Trees as Trees,
    TreesConfig as TreesConfig,
    fit_trees as fit_trees,
)
