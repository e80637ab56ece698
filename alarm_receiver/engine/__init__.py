"""The timers. A timer is a column; an engine finds what is due and acts on it."""
