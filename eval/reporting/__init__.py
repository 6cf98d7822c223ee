"""Reports that people read, made from the data in `eval.results` and nothing else."""
