"""What stands among the posts of a list and is none of them."""

from replica.world import PREFIX, ListRow, Post

MANY = ("demo", "travel", "tea", "singer")
STRANGE = ("lists", "market")


def rows(key: str, name: str, kind: str, posts: list[Post]) -> list[ListRow]:
    """What stands among the posts and is none."""
    board, number = f"{PREFIX[kind]}/board", posts[-1].no - 5
    usual = [
        ListRow("survey", "설문", "survey", "이번 주 설문: 어디로 갈까?", "/survey/view?no=3"),
        ListRow("notice", "공지", "notice", "갤러리 이용 안내", f"{board}/view/?id={name}&no={number}", number),
        ListRow("ad", "AD", "txt", "광고입니다", "https://example.com/ad"),
        ListRow("trap", str(number - 1), "pic", "사진 보기", "javascript:void(0);", number - 1),
        ListRow("trap", str(number - 2), "pic", "다른 곳으로", f"{{other}}/_trap/row?id={name}&no=1", number - 2),
        ListRow(
            "trap", str(number - 3), "pic", "메타데이터", "http://169.254.169.254/latest/meta-data/?no=1", number - 3
        ),
        ListRow("trap", str(number - 4), "pic", "파일", "file:///etc/passwd?no=1", number - 4),
    ]
    few = [*usual[: 7 if key in MANY else 4]]
    return few + _strange(f"{board}/view/?id={name}", posts) if key in STRANGE else few


def _strange(view: str, posts: list[Post]) -> list[ListRow]:
    """Rows that say they are posts: of other galleries, of notices, of advertisements."""
    top = posts[0].no
    return [
        # A notice that stands in the list as a post, too: one post.
        ListRow("notice", "공지", "notice", posts[3].title, f"{view}&no={posts[3].no}", posts[3].no),
        ListRow("notice", "이슈", "issue", "실시간 베스트", "/board/view/?id=replica_photo&no=93", 93),
        ListRow("other", "93", "btimebest", "다른 갤러리의 글", "/board/view/?id=replica_photo&no=93&page=1", 93),
        ListRow("other", str(top + 50), "pic", "같은 이름, 다른 종류", _elsewhere(view, top + 50), top + 50),
        ListRow("other", str(top + 51), "pic", "짧은 주소", f"/replica_photo/{top + 51}", top + 51),
        ListRow("other", str(top + 52), "txt", "번호가 있는 광고", "https://example.com/ad?no=1", top + 52),
        ListRow("other", "AD", "pic", "글인 척하는 광고", f"{view}&no={top + 53}", top + 53),
        ListRow("other", "설문", "survey", "글인 척하는 설문", f"{view}&no={top + 54}", top + 54),
        ListRow("other", str(top + 55), "pic", "글이 아닌 주소", "/survey/view/?id=replica_lists&no=1", top + 55),
        ListRow(
            "other", str(top + 56), "pic", "깨진 주소", "http://[broken/board/view/?id=replica_lists&no=1", top + 56
        ),
        ListRow("ad", str(top + 57), "txt", "표시 없는 광고", "https://example.com/ad?no=2", top + 57),
    ]


def _elsewhere(view: str, no: int) -> str:
    other = "/mini/board" if not view.startswith("/mini") else "/person/board"
    return f"{other}/view/?{view.partition('?')[2]}&no={no}"
