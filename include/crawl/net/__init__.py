"""Asking a site, politely and suspiciously. Everybody outside uses fetch.py, and shared_state.py to make a Fetcher."""
