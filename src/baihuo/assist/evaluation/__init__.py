"""How well whole turns do where it is known what was meant: held-out conversations with their truth, said again to the machine."""
