"""What a SELECT answers, as files: asked and checked, planned, fetched, told in a manifest."""
