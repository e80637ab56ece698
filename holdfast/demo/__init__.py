"""`holdfast demo`: the whole line on one machine, with a red button to press."""
