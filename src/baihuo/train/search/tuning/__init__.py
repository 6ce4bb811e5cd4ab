"""Weights and thresholds of searches chosen by judgements or clicks, with an estimate that the choice cannot fool."""
