"""`python -m terrace`: the same as the `terrace` command."""

from terrace.cli import main

main()
