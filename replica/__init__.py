"""A replica gallery site, generated from a seed, to run everything against without touching a real community."""
