"""Empties a bucket that goes with its stack."""
