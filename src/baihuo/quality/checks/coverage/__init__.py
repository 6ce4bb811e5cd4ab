"""What is not there, and what is no longer as it was."""
