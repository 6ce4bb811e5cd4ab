"""From purchases to rankers: baskets, label windows, and comparison with baselines."""
