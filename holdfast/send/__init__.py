"""Sends settings and images to keypads over the receiver, a few at a time; failures stop it.

It promises that the first keypad has taken them before the second gets any, that no more go out
once too many have failed, and that a second run goes on where the first stopped.

    course.py     who is next, who is done, when to stop; pure
    command.py    `holdfast send`

Errors are those of holdfast.provision.
"""
