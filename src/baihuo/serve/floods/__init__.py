"""Bursts of forged events: seen as they come, and kept out of what all visitors see."""
