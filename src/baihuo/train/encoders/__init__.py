"""An encoder made the shop's own: pairs from its catalogue and log, training, and a judge on products held back."""
