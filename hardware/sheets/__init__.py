"""The drawings: one module a board, one function a sheet. They read like what they draw.

Numbers come from hardware/*.toml by reference; a script knows only what hangs on what, and where on
the paper it looks well.
"""
