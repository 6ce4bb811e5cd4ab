"""First pages of visitors who touched nothing yet."""
