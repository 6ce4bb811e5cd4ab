"""A promised false-alarm rate: thresholds of daily statistics, learned from the shop's own accepted days."""
