"""Videos that only a click leads to: one headless Chromium a worker, with no network but through us."""
