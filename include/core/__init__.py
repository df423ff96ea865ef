"""What everything else stands on: settings, the run, errors, clock, sizes, progress. Light to import."""
