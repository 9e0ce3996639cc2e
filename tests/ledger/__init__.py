"""The ledger of AWS's documented rules: what each says, where it is enforced, which test holds it.

One YAML file an area below `rules/`; `python -m tests.ledger` writes docs/aws-rules.md from them.
"""
