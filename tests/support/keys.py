"""Fingers on the code matrix, and the codes that tests give to users."""

CODES = [["1234", "9071"], ["445566", ""]]


def type_keys(board, keys):
    """Press and let go one key after the other."""
    for key in keys:
        board.hold_key(key, held=True)
        board.hold_key(key, held=False)
