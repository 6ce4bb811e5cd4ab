"""A true answer among others: data, lists, systems and measures."""
