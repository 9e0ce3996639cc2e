"""Empties what can only be deleted empty, when its stack goes."""
