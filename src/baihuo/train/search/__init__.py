"""From judgements to search: evaluation, the dense threshold, and grades that are likely wrong."""
