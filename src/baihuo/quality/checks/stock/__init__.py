"""Stock that nobody has updated."""
