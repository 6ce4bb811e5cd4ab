"""The next item of a visitor's sequence."""
