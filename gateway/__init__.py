"""The gateway at the premises: carries sealed frames from keypads to receivers and receipts back.

It promises that a signal is answered with PUBACK only when it is on disk or at a receiver, that
it is sent until every receiver has answered for it, that an alarm never waits behind anything
less urgent, and that the silence of a keypad is reported. It holds no keypad's key: it can delay a
frame, but neither make nor alter one. It may not import the receiver.

    door        which MQTT input is a frame, and which is refused by what name (pure)
    spool       the signals on disk until they are answered for
    writer      the one thread that commits in groups; PUBACK after COMMIT
    relay       what to send next, to whom, when again (pure)
    receiver    one receiver over HTTP: lanes, long poll, retry
    watch       keypads on time, late, lost (pure)
    own         the gateway's own numbered and sealed signals and heartbeats
    paths       which paths stand, EN 50136 profiles (pure)
    outsider    receivers of other makers, by SIA DC-09
    texts       text messages when no receiver can be reached
    trust       whom TLS believes, and why not
    premises    the broker: frames in, receipts out
    shell       puts them together
    config      the TOML file, every fault listed at once
    journal     one JSON object a line on stderr
    command     `holdfast gateway ...`

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
