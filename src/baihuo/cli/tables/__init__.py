"""What commands print: tables and lines, one file for each subject."""
