"""What a function that serves a model does with a request: read it, ask the model, answer.

It speaks the media types of SageMaker's own containers, so that a client need not know which
kind of endpoint it talks to.
"""
