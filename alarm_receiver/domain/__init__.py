"""The rules of tickets and intake. Pure: no clock, no I/O, no random numbers, no framework.

    tickets     ticket, acts (their table), intake, kinds, interview, dispatch, plan, escalation
    people      roster, paged, addresses, webhook, outward
    devices     hearing, supervision, numbers, on_test, walk, orders, image, expiry
    the house   pair, chain, ledger, picture, retention

Each begins with what it is.
"""
