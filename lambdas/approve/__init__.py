"""Decides about a version as the person says who follows a link."""
