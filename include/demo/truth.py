"""What a perfect crawl of the replica finds, derived from the world itself.

`media` of a post: body first, in the page's order, then attachments that are not a picture of the body over again
(by bytes); ordinals count from 1 for each kind. `status` is "ok", or why a file does not get into the lake.
"""

from typing import Any

from include.demo.list_page import last_page
from include.demo.pictures import SUBJECT
from include.demo.post_page import movie_number
from include.demo.scenario import disallowed
from include.demo.world import File, Gallery, Post, World

OUTCOMES = {"gone": "deleted", "adult_box": "adult"}
PICTURE_FORMS = ("image", "lazy", "datasrc", "datagif", "gif_video")
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif", "video/mp4": "mp4"}
LIST_NUM = 50


def truth(world: World, photos: list[str], strangers: list[str]) -> dict[str, Any]:
    """Everything that a test or the demo may want to compare with."""
    return {
        "seed": world.seed,
        "timezone": "Asia/Seoul",
        "subject": {"label": "demo subject", "photos": photos},
        "strangers": strangers,
        "galleries": {gallery.key: _gallery(gallery, world.files) for gallery in world.galleries},
        "found_in": _found(world, "who"),
        "found_in_videos": _found(world, "video_who"),
        "never": ["/_trap"],
    }


def _found(world: World, field: str) -> dict[str, list[int]]:
    found = {
        gallery.key: [post.no for post in gallery.posts if SUBJECT in getattr(post, field)]
        for gallery in world.galleries
    }
    return {key: sorted(numbers) for key, numbers in found.items() if numbers}


def _gallery(gallery: Gallery, files: dict[str, File]) -> dict[str, Any]:
    return {
        "kind": gallery.kind,
        "id": gallery.id,
        "state": gallery.state,
        "list": gallery.list_path,
        "pages": last_page(len(gallery.posts), LIST_NUM, gallery.overlap),
        "posts": {str(post.no): _post(gallery, post, files) for post in gallery.posts},
    }


def _post(gallery: Gallery, post: Post, files: dict[str, File]) -> dict[str, Any]:
    return {
        "kind": post.note,
        "url": gallery.view_path(post.no),
        "title": post.title,
        "posted_at": post.posted_at,
        "icon": post.icon,
        "status": OUTCOMES.get(post.state, post.state),
        "disallowed": post.no in disallowed(gallery),
        "who": post.who,
        "video_who": post.video_who,
        "media": media(post, files),
    }


def media(post: Post, files: dict[str, File]) -> list[dict[str, Any]]:
    """The pictures and videos of a post."""
    found: list[dict[str, Any]] = []
    for block in post.blocks:
        if block.form in PICTURE_FORMS:
            status = "redirected" if block.style == "redirect" else ""
            found.append(_one(post, found, "image", "body", files.get(block.file), status))
        elif block.form == "video":
            status = "encoding" if block.style == "encoding" else ""
            found.append(_one(post, found, "video", "body", files[block.file], status))
            found[-1]["movie_no"] = movie_number(block.token)
    seen = {one["sha256"] for one in found}
    for attachment in post.attachments or []:
        file = files.get(attachment.file)
        if file and file.status != "document" and file.sha256 not in seen:
            found.append(_one(post, found, "image", "attachment", file, ""))
            seen.add(file.sha256)
    return found


def _one(
    post: Post, before: list[dict[str, Any]], kind: str, where: str, file: File | None, status: str
) -> dict[str, Any]:
    ordinal = 1 + sum(one["kind"] == kind for one in before)
    status = status or (file.status if file else "missing")
    served = file if file and status not in ("encoding", "redirected") else None
    ending = ENDINGS.get(served.type, "") if served and status == "ok" else ""
    return {
        "kind": kind,
        "ordinal": ordinal,
        "where": where,
        "status": status,
        "sha256": served.sha256 if served else "",
        "size": served.size if served else 0,
        "type": served.type if served else "",
        "file_name": f"{kind}_{post.no}_{ordinal}.{ending}" if ending else "",
    }
