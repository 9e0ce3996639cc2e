"""The functions: one folder each, thin handlers over what `terrace` knows."""
