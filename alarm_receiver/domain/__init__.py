"""The rules of tickets and intake. Pure: no clock, no I/O, no random numbers, no framework."""
