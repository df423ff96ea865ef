"""Model files: what there is, from where it comes, how it gets to a worker."""
