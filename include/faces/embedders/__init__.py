"""Nets that turn faces into numbers, one file each."""
