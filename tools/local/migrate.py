"""`airflow db migrate`, skipped when the same Airflow has already migrated this database.

Run by the supervisor as a service that ends: python3 migrate.py AIRFLOW DATABASE
"""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path


def main(program: str, database: Path) -> int:
    done = database.with_suffix(".migrated")
    version = _version(program)
    if database.exists() and done.exists() and done.read_text() == version:
        print("the database is as this Airflow wants it")
        return 0
    done.unlink(missing_ok=True)
    code = subprocess.run([program, "db", "migrate"], stdin=subprocess.DEVNULL).returncode
    if code:
        return code
    with closing(sqlite3.connect(database)) as connection:
        # Readers go on while another process writes. The file remembers it.
        connection.execute("PRAGMA journal_mode=WAL")
    done.write_text(version)
    return 0


def _version(program: str) -> str:
    """What is installed, without the seconds that `airflow version` takes."""
    folders = Path(program).parents[1].glob("lib/python3*/site-packages/apache_airflow_core-*.dist-info")
    return ",".join(sorted(folder.name for folder in folders))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
