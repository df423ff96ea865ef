"""Neural nets, and the runtimes that run them."""
