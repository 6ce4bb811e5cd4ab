"""What runs the checks over both tables, and writes what came of it."""
