"""Answers a model's requests and captures them."""
