"""`python -m mocompile`."""

from mocompile.cli import main

main()
