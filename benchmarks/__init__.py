"""What `make bench` runs: ours beside a named peer, on the same work, in one run."""
