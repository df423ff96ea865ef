"""Nets and classifiers that find faces, one file each."""
