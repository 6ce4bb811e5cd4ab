"""What people typed and ought not to be kept."""
