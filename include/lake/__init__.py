"""Content-addressed objects in Cloud Storage: what was published, kept once."""
