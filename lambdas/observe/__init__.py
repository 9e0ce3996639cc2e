"""Observes one part of a window that outgrows one function."""
