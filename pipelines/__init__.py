"""The state machines, as plain values in the Amazon States Language (JSONata).

Nothing here knows the CDK: a definition is a dictionary, so it can be read, tested and linted as
it is. The stacks hand in the ARNs and grant what the states do.
"""
