"""What cannot happen before something else did."""
