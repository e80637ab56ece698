"""The walk test: every button of a site is pressed once, and each is seen to arrive.

It promises that the site is on test for a time that ends by itself, that what was not pressed is
named, and that a press which nobody expected is shown, asked about, and stays the desk's: this
program closes no ticket.

    course.py     who is expected, who has been heard, who is left; pure
    report.py     the proof as PDF
    command.py    `holdfast walk-test`
"""
