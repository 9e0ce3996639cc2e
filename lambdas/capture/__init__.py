"""Captures what an asynchronous endpoint answered."""
