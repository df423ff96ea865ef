"""The front: what alone listens for the two stores, and asks everybody for a token. Runs among the emulators' packages."""
