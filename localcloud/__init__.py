"""The embedded cloud: AWS's contracts on loopback, for `make demo` and `make test`.

MiniStack serves most of AWS; what it lacks is added here. Nothing in this package knows Terrace.
"""
