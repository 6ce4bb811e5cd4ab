from .binary import (
    accuracy,
    auc,
    auc_by_group,
    grouped_auc,
    log_loss,
    log_loss_by_row,
    normalised_entropy,
)
from .bootstrap import Interval, bootstrap_mean, interval, paired_bootstrap, resampled_sums
from .calibration import Reliability, calibration_error, error_by_chance, reliability
from .catalogue import coverage, diversity_by_list, gini, novelty_by_list
from .clustered import ClusteredMean, clustered_mean
from .concentration import concentration
from .examination import (
    DrawnImpressions,
    Examination,
    examination_by_surface,
    examined,
)
from .label_audit import LabelAudit, audit_labels, audit_outcomes
from .labelling import grade_beliefs, judgement_value, metric_by_query
from .list_measures import list_measures
from .off_policy import (
    Estimate,
    clipped,
    doubly_robust,
    inverse_propensity,
    on_policy,
    self_normalised,
)
from .page.curves import Axes, Point, curve_chart
from .page.drawn_page import DrawnSection, drawn_page
from .page.intervals import Mark, interval_chart
from .page.page import EvaluatedBundle, evaluation_page
from .policy_value import (
    LoggedRewards,
    PolicyValue,
    RewardModel,
    log_values,
    logged_value,
    policy_values,
)
from .ranking import (
    ndcg_by_group,
    ndcg_by_query,
    recall_by_group,
    recall_by_query,
    reciprocal_rank_by_group,
)
from .rater_agreement import (
    MISSING,
    Consensus,
    dawid_skene,
    krippendorff_alpha,
    prior_rater,
    weighted_kappa,
)
from .raters import Agreement, agreement
from .report_words import is_in_order, slice_name, why_no_examination, worst_slices
from .sequential import sequence_multiplier
from .visitor_bootstrap import measure_probabilities

__all__ = [
    "MISSING",
    "Agreement",
    "Axes",
    "ClusteredMean",
    "Consensus",
    "DrawnImpressions",
    "DrawnSection",
    "Estimate",
    "EvaluatedBundle",
    "Examination",
    "Interval",
    "LabelAudit",
    "LoggedRewards",
    "Mark",
    "Point",
    "PolicyValue",
    "Reliability",
    "RewardModel",
    "accuracy",
    "agreement",
    "auc",
    "auc_by_group",
    "audit_labels",
    "audit_outcomes",
    "bootstrap_mean",
    "calibration_error",
    "clipped",
    "clustered_mean",
    "concentration",
    "coverage",
    "curve_chart",
    "dawid_skene",
    "diversity_by_list",
    "doubly_robust",
    "drawn_page",
    "error_by_chance",
    "evaluation_page",
    "examination_by_surface",
    "examined",
    "gini",
    "grade_beliefs",
    "grouped_auc",
    "interval",
    "interval_chart",
    "inverse_propensity",
    "is_in_order",
    "judgement_value",
    "krippendorff_alpha",
    "list_measures",
    "log_loss",
    "log_loss_by_row",
    "log_values",
    "logged_value",
    "measure_probabilities",
    "metric_by_query",
    "ndcg_by_group",
    "ndcg_by_query",
    "normalised_entropy",
    "novelty_by_list",
    "on_policy",
    "paired_bootstrap",
    "policy_values",
    "prior_rater",
    "recall_by_group",
    "recall_by_query",
    "reciprocal_rank_by_group",
    "reliability",
    "resampled_sums",
    "self_normalised",
    "sequence_multiplier",
    "slice_name",
    "weighted_kappa",
    "why_no_examination",
    "worst_slices",
]
