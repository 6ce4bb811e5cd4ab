"""What commands print: tables and lines, a file a kind of thing shown."""
