"""How good an order or a probability is, and how sure we are. Numpy only."""

from baihuo.evaluate.binary import auc, log_loss, log_loss_by_row
from baihuo.evaluate.bootstrap import Interval, bootstrap_mean, paired_bootstrap
from baihuo.evaluate.calibration import Reliability, calibration_error, reliability
from baihuo.evaluate.off_policy import (
    Estimate,
    doubly_robust,
    inverse_propensity,
    self_normalised,
)
from baihuo.evaluate.ranking import (
    ndcg_at_k,
    ndcg_by_group,
    ndcg_by_query,
    recall_at_k,
    recall_by_query,
)

__all__ = [
    "Estimate",
    "Interval",
    "Reliability",
    "auc",
    "bootstrap_mean",
    "calibration_error",
    "doubly_robust",
    "inverse_propensity",
    "log_loss",
    "log_loss_by_row",
    "ndcg_at_k",
    "ndcg_by_group",
    "ndcg_by_query",
    "paired_bootstrap",
    "recall_at_k",
    "recall_by_query",
    "reliability",
    "self_normalised",
]
