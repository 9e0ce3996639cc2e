"""Checks an approved version before it is rolled out."""
