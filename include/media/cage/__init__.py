"""The cage: a process in which strangers' bytes are opened, what it takes from itself, and how it is spoken to."""
