"""The library behind the DAGs: plain Python that never imports airflow and opens no connection."""
