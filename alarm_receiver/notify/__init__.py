"""How pages leave the house: one channel a module, all with the method of `domain.paged.Channel`.

A channel blocks and is called from the sender's own threads; it never touches the store.
"""
