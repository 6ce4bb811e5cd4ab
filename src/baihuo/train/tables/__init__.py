"""Networks over a table of impressions: data on disk, row-wise optimisers, training that can be killed and goes on."""
