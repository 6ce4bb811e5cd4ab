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
from .ctr import CtrNetwork, NetworkConfig, fit_network
from .ease import MAX_PRODUCTS, Ease
from .item_knn import ItemKnn
from .neighbours import Neighbours
from .network import Network
from .popularity import Popularity
from .purchase_history import PurchaseHistory
from .purchase_model import DISCOVER_MODE, HOME_MODE, PurchaseModel, visitor_batches
from .relevance import RelevanceConfig, RelevanceExamples, RelevanceModel
from .repeat_purchase import RepeatPurchase
from .scaler import Scaler
from .titles import similar_titles
from .trees import Ranked, Trees, TreesConfig, fit_ranker

__all__ = [
    "CANDIDATE_FEATURES",
    "CANDIDATE_SOURCES",
    "DAY_US",
    "DISCOVER_MODE",
    "HOME_MODE",
    "MAX_PRODUCTS",
    "Baskets",
    "Calibrator",
    "CandidateFeatures",
    "CoPurchase",
    "CtrNetwork",
    "Ease",
    "ItemKnn",
    "Neighbours",
    "Network",
    "NetworkConfig",
    "Popularity",
    "PurchaseHistory",
    "PurchaseModel",
    "PurchaseScores",
    "Ranked",
    "RelevanceConfig",
    "RelevanceExamples",
    "RelevanceModel",
    "RepeatPurchase",
    "Scaler",
    "Trees",
    "TreesConfig",
    "fit_calibrator",
    "fit_network",
    "fit_ranker",
    "log_odds",
    "similar_titles",
    "visitor_batches",
]
