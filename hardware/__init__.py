"""Hardware of Holdfast: boards as drawings, the numbers they share, and the proofs that they hold.

What stands here may be read by everybody and imports nothing of the firmware, gateway or receiver.
`python -m hardware` is the door: it draws, checks and proves (see `hardware.__main__`).
"""
