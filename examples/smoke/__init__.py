"""`make aws-smoke`: a short life of two tenants on whatever account the environment names."""
