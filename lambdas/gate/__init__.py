"""Decides whether a trained version may be registered."""
