"""What a page can be: the words of the column `status`, of a post and of a gallery."""

from enum import StrEnum


class PostStatus(StrEnum):
    """What was there when a post was looked at."""

    PUBLISHED = "published"
    INCOMPLETE = "incomplete"  # the page came, and not all of its files
    DELETED = "deleted"
    ADULT = "adult"
    SECRET = "secret"
    CLOSED = "closed"
    MOVED = "moved"
    DISALLOWED = "disallowed"  # by robots.txt
    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"
    UNREADABLE = "unreadable"


class ListStatus(StrEnum):
    """What was there when a gallery's list was looked at."""

    OPEN = "open"
    GONE = "gone"
    ADULT = "adult"
    SECRET = "secret"
    CLOSED = "closed"
    MOVED = "moved"
    DISALLOWED = "disallowed"
    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"
    UNREADABLE = "unreadable"

    @classmethod
    def of(cls, page: PostStatus) -> "ListStatus":
        """The same of a list: what is deleted for a post is gone for a gallery."""
        return cls.GONE if page == PostStatus.DELETED else cls(page)
