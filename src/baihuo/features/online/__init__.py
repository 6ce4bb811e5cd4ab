"""The second compiler: the same features as counters in memory, moved by each event."""
