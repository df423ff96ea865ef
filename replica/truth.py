"""What a perfect crawl of the replica finds, derived from the world itself.

`media` of a post: body first, in the page's order, then attachments that are not a picture of the body over again
(by bytes); what stands twice at one address is one; ordinals count from 1 for each kind. `status` is "ok", or why a
file does not get into the lake. A video that is still being encoded says in `later` what it will be.

`galleries` can be listed, or are closed; `shut` are those of which nothing can be seen.
"""

from typing import Any

from replica.blocks import PICTURES, movie_number
from replica.list_page import RECOMMENDED, last_page
from replica.picture_shelf import SUBJECT
from replica.scenario import disallowed
from replica.world import PREFIX, SHORT, Block, File, Post, ReplicaGallery, World

OUTCOMES = {"gone": "deleted", "adult_box": "adult", "unreadable_json": "unreadable"}
OPEN, CLOSED = "open", "closed"
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif", "video/mp4": "mp4"}
LIST_NUM = 50
MOBILE = {"major": "/board", "minor": "/board", "mini": "/mini", "person": "/person"}


def truth(world: World, photos: list[str], strangers: list[str]) -> dict[str, Any]:
    """Everything that a test or the demo may want to compare with."""
    listed = [gallery for gallery in world.galleries if not _shut(gallery)]
    return {
        "seed": world.seed,
        "timezone": "Asia/Seoul",
        "subject": {"label": "demo subject", "photos": photos},
        "strangers": strangers,
        "galleries": {gallery.key: gallery_truth(gallery, world.files) for gallery in listed},
        "shut": {one.key: {"list": one.list_path, "status": one.state} for one in world.galleries if _shut(one)},
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


def _shut(gallery: ReplicaGallery) -> bool:
    return gallery.state not in (OPEN, CLOSED)


def gallery_truth(gallery: ReplicaGallery, files: dict[str, File]) -> dict[str, Any]:
    """What there is in a gallery, also in one that was edited meanwhile (see Replica.gallery)."""
    return {
        "kind": gallery.kind,
        "id": gallery.id,
        "state": gallery.state,
        "list": gallery.list_path,
        "wrong": _wrong(gallery),
        "short": f"{SHORT[gallery.kind]}/{gallery.id}",
        "mobile": f"{MOBILE[gallery.kind]}/{gallery.id}",
        "pages": last_page(len(gallery.posts), LIST_NUM, gallery.overlap),
        "past_end": gallery.past_end,
        "not_posts": _not_posts(gallery),
        "recommended": [post.no for post in gallery.posts if post.icon in RECOMMENDED],
        "posts": {str(post.no): _post(gallery, post, files) for post in gallery.posts},
    }


def _not_posts(gallery: ReplicaGallery) -> list[str]:
    """Addresses on the site that stand in the list's rows without being posts of this gallery."""
    posts = {gallery.view_path(post.no) for post in gallery.posts}
    return sorted({row.href for row in gallery.rows if row.href.startswith("/")} - posts)


def _wrong(gallery: ReplicaGallery) -> str:
    """The list's address as of a gallery of another kind: a script leads to the right one."""
    return f"{PREFIX['person' if gallery.kind != 'person' else 'major']}/board/lists/?id={gallery.id}"


def _post(gallery: ReplicaGallery, post: Post, files: dict[str, File]) -> dict[str, Any]:
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
    for block in {block.token: block for block in post.blocks if block.token}.values():
        if block.form in PICTURES:
            status = "redirected" if block.style == "redirect" else ""
            found.append(_one(post, found, "image", "body", files.get(block.file), status))
        elif block.form == "video":
            found.append(_film(post, found, block, files))
    seen = {one["sha256"] for one in found}
    for attachment in post.attachments or []:
        file = files.get(attachment.file)
        if file and _promises_media(attachment.name) and file.sha256 not in seen:
            kind = "video" if attachment.name.endswith(".mp4") else "image"
            found.append(_one(post, found, kind, "attachment", file, ""))
            seen.add(file.sha256)
    return found


def _promises_media(name: str) -> bool:
    """What a name says of a file; one that says nothing is worth a look."""
    return not name.lower().endswith((".pdf", ".zip"))


def _film(post: Post, before: list[dict[str, Any]], block: Block, files: dict[str, File]) -> dict[str, Any]:
    file = files[block.file]
    facts = _one(post, before, "video", "body", file, "encoding" if block.style == "encoding" else "")
    facts |= {"movie_no": movie_number(block.token), "player": block.style}
    return facts if block.style != "encoding" else {**facts, "later": {"sha256": file.sha256, "size": file.size}}


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
