"""Triggering DAG runs on a running Airflow through its REST API, and watching them. Standard library only."""
