"""Models that turn texts into vectors and pick the lines that answer; torch is imported in here and nowhere else."""
