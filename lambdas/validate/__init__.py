"""Checks a training set and plans the training job."""
