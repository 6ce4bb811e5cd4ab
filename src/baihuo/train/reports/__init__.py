"""What is worth what: models trained with and without a part of their columns. Stands above the others."""
