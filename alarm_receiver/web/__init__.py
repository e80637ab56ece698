"""The doors: intake for gateways (strict and binary), API and page for people.

    the app     app, context, doors (every route with whom it lets in), problems, bounds, limits
    intake      intake, answers, hurry, room, keys, floods, quarantine, unverified, pieces, peer
    live        feed, stream
    tickets     tickets, acts, callbacks, handed_over, undelivered
    sites       sites, site_forms, zones, devices, keyholders, floors, directory, units, walk
    over air    orders, images
    people      access, signin, setup, team, roster, installers, proposals, retention
    entering    passkeys, codes, oidc, provider, browsers
    exchange    exchange (CSV), archive (the whole registry), listing
    the schema  openapi, schemas, examples, shown
    pages       pages, language, words, deed_words, proxied (console/ has the screens)
    figures     health, figures

Each begins with what it is. templates/, static/ and catalogues/ are the pages' own.
"""
