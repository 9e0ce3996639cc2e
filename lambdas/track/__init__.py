"""Keeps each run in the tenant's MLflow tracking server."""
