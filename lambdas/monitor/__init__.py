"""Measures a window of captured traffic against the baseline."""
