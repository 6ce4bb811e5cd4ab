"""What a run says: the report, its page, its history, and a word to whoever asked for one."""
