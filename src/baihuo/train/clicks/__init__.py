"""From impressions to click models: examples, their columns, fitting, and comparison with baselines."""
