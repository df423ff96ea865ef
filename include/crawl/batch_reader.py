"""The posts of one batch, several at once; what earlier tries read, and what kills its worker, is remembered."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

from include.core.run import Log
from include.crawl.batch_spec import PostToRead
from include.crawl.journal import Journal, Key, key_of
from include.crawl.posts import NOT_BEGUN, PostCrawler, Read
from include.lake.attempts import Attempts

# Posts that are noted together as begun: after a killed try they are read one by one, so not too many.
GROUP = 100
# After so long no further post is begun: the task ends with what it has read before its six hours are over.
MAX_SECONDS = 5 * 60 * 60.0
NO_TIME = f"{NOT_BEGUN}its batch had no time for it"
KILLED = "its worker was killed while reading it alone, twice"


@dataclass
class BatchReader:
    """Reads with one crawler; `attempts` and `journal` are those of the batch."""

    crawler: PostCrawler
    journal: Journal
    attempts: Attempts
    threads: int
    log: Log
    most_seconds: float = MAX_SECONDS
    _done: dict[Key, Read] = field(default_factory=dict)

    def read(self, posts: list[PostToRead]) -> list[Read]:
        """All posts in their order. Those that were being read when an earlier try was killed come last, alone.

        One that was alone when its worker was killed, twice, is not begun a third time. Once is no proof: workers are
        killed for many reasons.
        """
        wanted = {key_of(post): post for post in posts}
        self._done = {key: read for key, read in self.journal.load().items() if key in wanted}
        if self._done:
            self.log(f"{len(self._done)} of {len(wanted)} posts were read by an earlier try of this batch")
        unended = self.attempts.earlier()
        alone = Counter(group[0] for group in unended if len(group) == 1)
        suspects = {name for group in unended for name in group}
        left = {_name(key): post for key, post in wanted.items() if key not in self._done}
        together = [post for name, post in left.items() if name not in suspects]
        doubted = sorted((name for name in left if name in suspects), key=lambda name: alone[name])
        progress = PostProgress(len(wanted), self.log)
        over = time.monotonic() + self.most_seconds
        for group in [*_groups(together), *([left[name]] for name in doubted if alone[name] < 2)]:
            self._read_group(group, progress, over)
        for post in (left[name] for name in doubted if alone[name] > 1):
            self._done[key_of(post)] = self.crawler.not_begun(post, KILLED)
        return [self._done[key] for key in wanted]

    def _read_group(self, posts: list[PostToRead], progress: "PostProgress", over: float) -> None:
        names = [_name(key_of(post)) for post in posts]
        if len(posts) == 1:  # what this one may do must not cost what was read before it
            self.journal.save(self._done.values(), now=True)
        self.attempts.begin(names)
        try:
            self._read_at_once(posts, progress, over)
        except Exception:  # nobody was killed: what went wrong is not these posts' fault
            self.attempts.end(names)
            raise
        self.attempts.end(names)

    def _read_at_once(self, posts: list[PostToRead], progress: "PostProgress", over: float) -> None:
        with ThreadPoolExecutor(self.threads) as pool:
            reading: dict[Future[Read], Key] = {pool.submit(self._one, post, over): key_of(post) for post in posts}
            try:
                for future in as_completed(reading):
                    self._done[reading[future]] = read = future.result()
                    progress.show(len(self._done), read)
                    self.journal.save(self._done.values())
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _one(self, post: PostToRead, over: float) -> Read:
        return self.crawler.not_begun(post, NO_TIME) if time.monotonic() > over else self.crawler.read(post)


@dataclass
class PostProgress:
    """Counts, and says how far a batch has come."""

    total: int
    log: Log
    media: int = 0

    def show(self, done: int, read: Read) -> None:
        self.media += sum(row["file_path"] is not None for row in read.media)
        number, status = read.post["post_no"], read.post["status"]
        self.log(f"post {done}/{self.total}: {number} {status}, {len(read.media)} files; {self.media} stored so far")


def _groups(posts: list[PostToRead]) -> Iterator[list[PostToRead]]:
    return (posts[start : start + GROUP] for start in range(0, len(posts), GROUP))


def _name(key: Key) -> str:
    gallery, number = key
    return f"{gallery}-{number}"
