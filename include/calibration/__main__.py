"""Measure engines on a folder of one's own, without Airflow or a bucket: `python -m include.calibration FOLDER`."""

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from include.calibration.calibrate import checked_rates
from include.calibration.embed_pictures import embedded
from include.calibration.labelled_faces import NotCalibrated
from include.calibration.labelled_pictures import listed
from include.calibration.measure import RATES, measured
from include.calibration.report import files, lines
from include.faces.engine import load_engine
from include.faces.models.model_file import WrongFile


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="person/picture, or group/person/picture with --groups")
    parser.add_argument("--engine", action="append", help="an engine of models.toml; several may be named")
    parser.add_argument("--groups", action="store_true")
    parser.add_argument("--rate", action="append", type=float, help="a false-match rate, as 0.001")
    parser.add_argument("--models", type=Path, default=Path(os.environ.get("FACEWARDEN_MODELS", ".local/models")))
    parser.add_argument("--to", type=Path, default=Path("calibration"), help="where the report and the plots go")
    asked = parser.parse_args(arguments)
    try:
        rates = checked_rates(asked.rate or RATES)
        found = listed(None, asked.folder, asked.groups)
        names = asked.engine or [json.loads((asked.models / "engine.json").read_text("utf-8"))["engine"]]
        labelled = embedded(None, found, [load_engine(name, asked.models) for name in names], print)
    except (NotCalibrated, LookupError, WrongFile, OSError) as reason:
        print(reason, file=sys.stderr)
        return 1
    results = [measured(each, rates) for each in labelled]
    print("\n".join(lines(results)))
    asked.to.mkdir(parents=True, exist_ok=True)
    for name, (content, _) in files(results, rates, datetime.now(UTC)).items():
        (asked.to / name).write_bytes(content)
    print(asked.to / "report.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
