"""What a crawl's plan hands to its batches, through the bucket: JSON, in which a time is a text."""

from typing import NotRequired, TypedDict


class KnownMedia(TypedDict):
    """What earlier runs know of a picture or video of a post: a row of queries/known_media."""

    post_no: int
    kind: str
    ordinal: int
    media_id: str
    file_name: str
    source_url: str | None
    file_path: str | None
    sha256: str | None
    phash: str | None
    phash_quality: int | None
    type: str | None
    size: int | None
    rejected: str | None


class PostToRead(TypedDict):
    """A post that a batch is to read."""

    gallery: str
    post_no: int
    url: str
    posted_at: str | None
    listed: NotRequired[str | None]
    media: NotRequired[list[KnownMedia] | None]


class BatchSpec(TypedDict):
    """Some posts of one site, and what is asked for of them. `browser` is None where the site's definition decides."""

    site: str
    kinds: list[str]
    browser: str | None
    posts: list[PostToRead]
