"""Registers a version in the model registry."""
