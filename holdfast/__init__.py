"""The `holdfast` command: the one door through which people start everything else."""
