"""What is unlike this shop's own history and its other groups: noted, never acted on."""
