"""Bytes to frames and back: types, inspection, hashes, decoding in a process that may die of it, boxes, covers."""
