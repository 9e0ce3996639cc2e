"""Terrace: deploy and watch machine-learning models on AWS, tenant by tenant, from one file."""
