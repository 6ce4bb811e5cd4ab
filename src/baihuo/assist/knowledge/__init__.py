"""What may be said: entries with a source and a date, how they are read from files, cleaned and checked."""
