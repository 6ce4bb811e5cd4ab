"""Traffic that no shopper made: floods, bots, ad fraud."""
