"""From list pages to rows: site adapters, polite fetching, one batch of posts at a time."""
