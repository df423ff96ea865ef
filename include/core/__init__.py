"""What everything else stands on: settings, the run, errors, Seoul's time, sizes, progress. Light to import."""
