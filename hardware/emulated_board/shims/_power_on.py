"""What the chip does when it gets power: runs boot.py, then main.py."""

import boot  # noqa: F401
import main  # noqa: F401
