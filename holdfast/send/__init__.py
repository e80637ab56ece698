"""Sends settings and images to keypads over the receiver, a few at a time; failures stop it.

It promises that the first keypad has taken them before the second gets any, that no more go out
once too many have failed, and that a second run goes on where the first stopped.

    command.py    `holdfast send`

Who is next, who is done and when to stop is alarm_receiver/domain/course.py: the receiver's own
roll-outs run the same course.

Errors are those of holdfast.provision.
"""
