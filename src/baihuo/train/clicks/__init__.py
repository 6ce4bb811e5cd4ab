"""From impressions to click models: examples, their columns, fitting, and the baselines beside them."""
