"""What one worker process keeps up to date, and how it answers with it."""
