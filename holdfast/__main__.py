"""`python -m holdfast` is the `holdfast` command."""

from holdfast.command import main

main()
