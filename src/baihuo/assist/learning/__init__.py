"""Fits what a turn uses: from past conversations and what people at the desk corrected. Torch is imported here alone."""
