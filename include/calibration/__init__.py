"""How often an engine is wrong, measured on labelled faces: rates, their uncertainty, a report."""
