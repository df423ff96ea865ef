"""The local system: emulators, replica site and Airflow under one small supervisor. Standard library only."""
