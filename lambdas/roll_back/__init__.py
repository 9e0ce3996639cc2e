"""Goes back to the version before when an endpoint's alarm fires soon after a rollout."""
