"""Measures a trained model on its held-out predictions."""
