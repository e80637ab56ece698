"""The gateway at the premises: carries sealed frames from keypads to receivers and receipts back.

It promises that a signal is answered with PUBACK only when it is on disk or at a receiver, that
it is sent until every receiver has answered for it, that an alarm never waits behind anything
less urgent, and that the silence of a keypad is reported. It holds no keypad's key: it can delay a
frame, but neither make nor alter one. It may not import the receiver.

    what it decides (pure)
        door      which MQTT input is a frame, and which is refused by what name
        relay     what to send next, to whom, when again; acts: what it asks of the shell
        shelf     what is in the spool, and what goes first when there is no room
        watch     keypads on time, late, lost
        paths     which paths stand, EN 50136 profiles
        resting   status signals that a receiver will take later
        dc09      SIA DC-09 as bytes
    what it keeps
        spool     the signals on disk until they are answered for
        writer    the one thread that commits in groups; PUBACK after COMMIT
    whom it speaks with
        premises  the broker: frames in; downlink: receipts and pieces out
        receiver  one receiver over HTTP: lanes, long polls; client, wires, answers
        trust     whom TLS believes, and why not
        outsider  receivers of other makers, by SIA DC-09; outsiders: their settings
        texts     text messages when no receiver can be reached
    what it says of itself
        own       its own numbered and sealed signals and heartbeats; reports, body
        look      its state as `status` and metrics show it; window, status
        journal   one JSON object a line on stderr
    how it runs
        shell     puts them together; start: what comes before any input
        config    the TOML file, every fault listed at once; check
        command   `holdfast gateway ...`; doctor, mosquitto (its set-up), service (systemd)

Errors:

    GatewayError         what, where, what to do
        ConfigError      the configuration; carries every fault found
        SpoolError       the spool cannot keep anything now (full, read-only): nothing was answered
            SpoolBroken  it can no longer be trusted (fsync failed): the process must end
        Refused          an input that is no frame; carries the reason's name
        AnswerError      a receiver answered something that is no answer
        LinkError        a receiver was not reached or could not serve
        FolderHeldError  another gateway runs on the same folder
"""
