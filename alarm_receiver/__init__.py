"""The alarm receiver: takes sealed signals, opens tickets, and keeps them before people's eyes.

It promises that a receipt follows a COMMIT, that an alarm always has a ticket, and that a live
ticket always has a deadline. Layers, outermost first; imports go downwards only:

    wiring, command   the two places that know everything
    web | engine      the doors (intake, API, page) and the timers
    store             tables, repositories, the one writer
    domain            the rules, pure: they take `now` and return what to do

Beside them: `notify` (how pages leave the house), `plans` (response plans), config and
config_check, clock and anchor, log, ways (to page people), rules and periods (`access.toml`,
`retention.toml`); and the commands: admin, chain, copies, erasing, keys, older, town, watched.

Errors:

    domain.ticket.Refused           an act that the ticket's table does not know
    domain.ticket.Stale             an act on a version that has moved on
    store.database.StoreError       the store cannot be used
        store.database.Unfit        it is not set up as the promises need; the process ends
        store.waiting.Unavailable   nothing could be committed just now; ask again
    config.Misconfigured            a setting that cannot work, with what to do about it
"""
