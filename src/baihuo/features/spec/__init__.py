"""Feature declarations, the shop's file of them, and the plan that both compilers follow."""
