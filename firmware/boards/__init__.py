"""One module per board: pin numbers and nothing else."""
