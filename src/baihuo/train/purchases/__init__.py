"""From purchases to rankers: baskets, label windows, and the baselines beside them."""
