"""Texts that no visitor wrote: rules for reviews, searches and referrers, and the judge that applies them."""
