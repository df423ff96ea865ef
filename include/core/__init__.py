"""What everything else stands on: settings, the run, errors, clock, sizes. Light to import."""
