"""The demo: the whole story, told on the embedded cloud."""
