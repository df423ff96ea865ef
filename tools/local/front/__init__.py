"""The front: what alone listens for the two stores, and wants a token. It runs among the emulators' packages."""
