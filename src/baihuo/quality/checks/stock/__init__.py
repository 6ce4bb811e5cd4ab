"""Stock figures that are out of date."""
