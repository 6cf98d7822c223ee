"""`python -m cli` is `answerable`."""

from cli.commands import main

main()
