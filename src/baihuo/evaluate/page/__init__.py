"""The evaluation of a bundle as one HTML page: what its report says, drawn."""
