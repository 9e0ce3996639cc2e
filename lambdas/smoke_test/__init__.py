"""Asks the endpoint for answers that are known."""
