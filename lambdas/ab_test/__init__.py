"""Is a version that has a share of the traffic better than the one that runs?"""
