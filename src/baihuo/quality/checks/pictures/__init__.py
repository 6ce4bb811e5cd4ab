"""Pictures that are broken, or shown by products that look nothing alike."""
