"""What the receiver keeps, and what the database refuses. Repositories never commit.

    tables      schema (all of them), tables, desk, duty, charts, identity; guards (triggers)
    opening     database, migrate, fence, sealing, keybox, memory
    one writer  writer, waiting; taking (which way signals go), express, direct, hot, arrays
    signals     signals, heard, lately, health, numbers, refused, receipts
    tickets     tickets, lines, boards, folding, colleagues, troubles, certificates, pair
    paging      policies, coverage, reach, pages, paging, undelivered, callbacks
    sites       registry, premises, floors, directory, units, walk, watch, archive, images
    orders      orders, ordering
    people      people, credentials, installers, roster, deeds, proposals
    the record  audit, signer, retention, holds
    figures     parts, standing, wall; listing (long lists)

Each begins with what it is.
"""
