"""What customer service learns from past conversations; nothing here runs when a turn is answered."""
