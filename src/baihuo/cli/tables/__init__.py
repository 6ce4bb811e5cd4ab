"""Output of commands: tables and lines, one file for each subject."""
