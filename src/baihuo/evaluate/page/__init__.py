"""The evaluation of a bundle as one HTML page with charts."""
