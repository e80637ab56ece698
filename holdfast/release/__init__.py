"""Builds and signs what keypads take over the air.

It promises that the same sources give the same image, and that the private key is read from one
file and written nowhere else.

    image.py      files -> image, signature; the maker's key
    command.py    `holdfast release`

Errors:

    ReleaseError     it cannot be built or signed; says why and what to do
"""

from __future__ import annotations


class ReleaseError(Exception):
    """It cannot be built or signed; says why and what to do."""
