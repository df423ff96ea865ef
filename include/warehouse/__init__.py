"""The warehouse: schemas and SQL applied, shards loaded and merged, queries run."""
