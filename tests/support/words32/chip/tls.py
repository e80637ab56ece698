"""TLS is C, and its buffers are the chip's, not this heap's."""
