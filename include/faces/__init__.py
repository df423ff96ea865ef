"""Faces in stored media: engines that find and embed them, tracks of a video, the scan of a batch."""
