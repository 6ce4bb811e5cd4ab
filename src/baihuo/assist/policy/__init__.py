"""What a shop allows, as data (``policy.yaml``). It is judged in code, never in a prompt."""
