"""Asking a site, politely and suspiciously. Everybody outside uses fetch.py, and commons.py to make a Fetcher."""
