"""The whole path as the DAG files have it: prepared, crawled, scanned, enrolled, matched, shown, handed out.

Each function is a DAG of the same name: its tasks, their order, their trigger rules. Where a DAG file changes, so does
this.
"""

from collections.abc import Callable
from functools import partial

from include.matching.match import Search
from tests.faults.dag_files import is_there, rule
from tests.faults.stand_in import Airflow, DagRun
from tests.faults.world import World

SCAN, CRAWL = "include.faces.scan_run", "include.crawl.crawl_run"
PUBLISH = "include.warehouse.publish:publish_all"


def days(airflow: Airflow, world: World, withheld: list[int], trouble: Callable[[int], None] | None = None) -> None:
    """So many days: on each the site holds back so many of its newest posts. Somebody is enrolled on the first.

    `trouble` disturbs the site. What it kept from a day's crawl, a calm crawl and scan make up for before anybody is
    searched for: so the searches see the same faces, whatever happened.
    """
    airflow.settle("prepare_warehouse/1", prepare_warehouse)
    subject_id = ""
    for day, number in enumerate(withheld, 1):
        world.site.control.change({"reset": True, "withhold": dict.fromkeys(world.galleries, number)})
        if trouble:
            trouble(day)
        crawl_and_scan(airflow, world, str(day))
        if trouble:
            world.site.control.change({"reset": True, "withhold": dict.fromkeys(world.galleries, number)})
            crawl_and_scan(airflow.calmed(), world, f"{day}-again")
        if not subject_id:
            subject_id = airflow.settle("enrol_subject/1", partial(enrol_subject, world), again=False)
        airflow.settle(f"match_subjects/{day}", match_subjects)
        if is_there("show_evidence"):
            airflow.settle(f"show_evidence/{day}", partial(show_evidence, subject_id))
        airflow.settle(f"download_media/{day}", download_media)


def crawl_and_scan(airflow: Airflow, world: World, day: str) -> None:
    airflow.settle(f"crawl_galleries/{day}", partial(crawl_galleries, world.lists))
    airflow.settle(f"find_faces/{day}", find_faces)


def prepare_warehouse(run: DagRun) -> None:
    run.task("apply_changes", "include.warehouse.apply:prepare")


def crawl_galleries(lists: list[str], run: DagRun) -> None:
    form = {"galleries": lists, "pages": 9, "since": None, "until": None, "kinds": ["image", "video"]}
    batches = run.task("plan", "include.crawl.crawl_plan:plan_crawl", {**form, "browser": "off"})
    failed = run.mapped("crawl_batch", f"{CRAWL}:crawl_batch", batches)
    if not rule("crawl_galleries", "publish").whatever_failed:
        run.none_failed(failed)
    run.behind(failed, "publish", f"{CRAWL}:publish_crawl")
    run.none_failed(failed)


def find_faces(run: DagRun) -> None:
    failed = run.mapped("scan_batch", f"{SCAN}:scan_batch", run.task("plan", f"{SCAN}:plan_scans"))
    run.behind(failed, "publish", PUBLISH, ("face", "scan"))
    run.behind(failed, "summarise", f"{SCAN}:summary")
    run.none_failed(failed)


def enrol_subject(world: World, run: DagRun) -> str:
    subject_id: str = run.task("embed_photos", "include.matching.enrol:enrol", world.subject)
    run.task("publish", PUBLISH, ("consent", "subject", "reference"))
    return subject_id


def match_subjects(run: DagRun) -> None:
    run.task("embed_references", "include.matching.references:embed_missing")
    run.task("measure_population", "include.matching.population:measure_populations", 100)
    run.task("match", "include.matching.match:match_faces", Search())
    # Where nobody can ask for a page, a search ends with all of them.
    if is_there("show_evidence"):
        run.task("remove_evidence", "include.matching.evidence:remove_pages")
    else:
        run.task("write_evidence", "include.matching.evidence:write_pages", None)


def show_evidence(subject_id: str, run: DagRun) -> None:
    run.task("draw", "include.matching.evidence:draw_page", subject_id)


def download_media(run: DagRun) -> None:
    sql = "SELECT file_path, img_file_name, post_url FROM image ORDER BY post_url, img_file_name"
    form = {"sql": sql, "query": None, "query_params": {}, "label": None, "folder": "all", "zip": False}
    caps = {"restricted": False, "most_read_gib": 10, "most_fetched_gib": 50}
    run.task("download", "include.download.download:download_asked", {**form, **caps})
