"""How a test lets go of an MQTT client by paho, so that nothing of it is left to chance."""


def let_go(client):
    """Say goodbye and close everything, the pair of sockets that paho leaves to the collector too.

    What the collector finds first, the client or its sockets, is chance, and an open socket fails
    whichever test happens to run by then.
    """
    client.disconnect()
    client.loop_stop()
    client._reset_sockets()
