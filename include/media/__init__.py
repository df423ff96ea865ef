"""Stored files to upright frames: pictures, animations, videos, decoded in a process that may die of them."""
