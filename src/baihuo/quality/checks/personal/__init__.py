"""Personal data that people typed."""
