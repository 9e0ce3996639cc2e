"""Predict whether a mill's tool is worn from one row of its sensors: the code of one image."""
