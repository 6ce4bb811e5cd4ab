"""What no shopper did: floods, bots, fraud on ads."""
