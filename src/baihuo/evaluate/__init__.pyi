from .binary import auc, log_loss, log_loss_by_row
from .bootstrap import Interval, bootstrap_mean, interval, paired_bootstrap, resampled_sums
from .calibration import Reliability, calibration_error, reliability
from .label_audit import LabelAudit, audit_labels, audit_outcomes
from .labelling import grade_beliefs, judgement_value, metric_by_query
from .off_policy import (
    Estimate,
    clipped,
    doubly_robust,
    inverse_propensity,
    on_policy,
    self_normalised,
)
from .policy_value import (
    LoggedRewards,
    PolicyValue,
    RewardModel,
    log_values,
    logged_value,
    policy_values,
)
from .ranking import ndcg_by_group, ndcg_by_query, recall_by_query
from .rater_agreement import (
    MISSING,
    Consensus,
    dawid_skene,
    krippendorff_alpha,
    prior_rater,
    weighted_kappa,
)
from .raters import Agreement, agreement

__all__ = [
    "MISSING",
    "Agreement",
    "Consensus",
    "Estimate",
    "Interval",
    "LabelAudit",
    "LoggedRewards",
    "PolicyValue",
    "Reliability",
    "RewardModel",
    "agreement",
    "auc",
    "audit_labels",
    "audit_outcomes",
    "bootstrap_mean",
    "calibration_error",
    "clipped",
    "dawid_skene",
    "doubly_robust",
    "grade_beliefs",
    "interval",
    "inverse_propensity",
    "judgement_value",
    "krippendorff_alpha",
    "log_loss",
    "log_loss_by_row",
    "log_values",
    "logged_value",
    "metric_by_query",
    "ndcg_by_group",
    "ndcg_by_query",
    "on_policy",
    "paired_bootstrap",
    "policy_values",
    "prior_rater",
    "recall_by_query",
    "reliability",
    "resampled_sums",
    "self_normalised",
    "weighted_kappa",
]
