"""One product under several ids."""
