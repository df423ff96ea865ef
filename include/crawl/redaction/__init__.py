"""Pages with everything taken out that could be a person's."""
