"""What gives a detection better landmarks, one file each."""
