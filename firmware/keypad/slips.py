"""Which codes may stand in the settings. Pure; loaded to judge them, and forgotten.

It promises that no duress code is a neighbour of a user's code: a slip of one finger must not call
the police, nor a thief's guess avoid it.
"""

from micropython import const

CODE_DIGITS_MIN = const(4)
CODE_DIGITS_MAX = const(8)


def check(pairs: "list[tuple[str, str]]") -> None:
    """Refuse codes that are too short, taken twice, or neighbours of a duress code. ValueError."""
    taken: "list[str]" = []
    for place, (normal, duress) in enumerate(pairs):
        for code in (normal, duress) if duress else (normal,):
            if not CODE_DIGITS_MIN <= len(code) <= CODE_DIGITS_MAX or not code.isdigit():
                raise ValueError("a code of user %d has not 4 to 8 digits" % (place + 1))
            if code in taken:
                raise ValueError("a code of user %d is taken twice" % (place + 1))
            taken.append(code)
    for place, (_, duress) in enumerate(pairs):
        for normal, _ in pairs:
            if duress and neighbours(duress, normal):
                raise ValueError(
                    "the duress code of user %d is too near to a user's code: one slip leads from "
                    "one to the other; let two digits differ, not swapped, not as one up or down"
                    % (place + 1)
                )


def neighbours(one: str, other: str) -> bool:
    """Whether one slip leads from one code to the other: one wrong, missing, twice, swapped."""
    if len(one) > len(other):
        one, other = other, one
    if other.startswith(one) or (len(one) == len(other) and abs(int(one) - int(other)) == 1):
        return True
    place = 0
    while one[place] == other[place]:
        place += 1
    if len(one) < len(other):  # a digit left out, or touched twice
        return one[place:] == other[place + 1 :]
    # another digit, or two in the wrong order
    swapped = one[place + 1 : place + 2] + one[place] + one[place + 2 :]
    return one[place + 1 :] == other[place + 1 :] or swapped == other[place:]
