"""Events whose product the catalogue does not have."""
