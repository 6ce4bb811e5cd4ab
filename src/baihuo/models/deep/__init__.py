"""Networks over categories and numbers: one file a network, and its name in the registry."""
