"""Goes back to an earlier version when an endpoint's alarm fires soon after a rollout."""
