"""From judgements to search: how good it is, how near is near enough, and which grades are likely wrong."""
