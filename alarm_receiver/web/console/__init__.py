"""The operator's console: the desk with its live queue, tickets, and the screens around them.

Every screen is a whole page that works as plain HTML; where JavaScript runs, the queue and the
link to the receiver stay alive while the screens beside them change.

    the desk    shell (what surrounds every screen), queue, cards, ticket, sheet, helpers
    sites       premises, contacts, plans, drawing, walking, watching
    people      account, team, roster, proposals, holds
    trouble     undelivered, orders
"""
