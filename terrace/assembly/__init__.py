"""What `cdk synth` wrote: the templates, resolved as far as anybody can before a deployment."""
