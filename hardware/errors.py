"""What can go wrong here, with blame and remedy in every text.

HardwareError
|-- BookError      a .toml file lacks something or contradicts another one
|-- DrawingError   a sheet's script draws what cannot be drawn
`-- ToolError      a program is missing or refuses its work
"""


class HardwareError(Exception):
    """Anything that this package refuses."""


class BookError(HardwareError):
    """A .toml file lacks something or contradicts another one."""


class DrawingError(HardwareError):
    """A sheet's script draws what cannot be drawn."""


class ToolError(HardwareError):
    """A program is missing or refuses its work."""
