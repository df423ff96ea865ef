"""List pages: which posts stand on which page, and what stands around them."""

from dataclasses import dataclass
from urllib.parse import unquote

from replica import korean_words, page_clutter
from replica.list_rows import other_row, post_row
from replica.page_parts import document, e
from replica.world import Post, ReplicaGallery

RECOMMENDED = ("recomtxt", "recomimg", "recomovie", "recmovie", "btimebest", "rtimebest", "hit")
BELOW = 50
SIZES = (30, 50, 100)
# A search looks through so many numbers at a time, and offers to look through the next ones.
WINDOW = 60


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What was asked for: options of a list's address."""

    page: int = 1
    size: int = 50
    mode: str = "all"
    heading: str = ""
    keyword: str = ""
    field: str = ""
    position: int = 0


def wanted(parameters: dict[str, str]) -> ListQuery:
    """Options as an address has them. What makes no sense is as if it were not there."""
    size = _number(parameters.get("list_num", ""), 50)
    return ListQuery(
        page=max(1, _number(parameters.get("page", ""), 1)),
        size=size if size in SIZES else 50,
        mode=parameters.get("exception_mode", "all"),
        heading=_heading(parameters.get("search_head", "")),
        # The site writes a dot where addresses have a percent sign.
        keyword=unquote(parameters.get("s_keyword", "").replace(".", "%")),
        field=parameters.get("s_type", ""),
        position=_number(parameters.get("search_pos", "").lstrip("-"), 0),
    )


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else otherwise


def _heading(number: str) -> str:
    """Headings go by number, counted from 0."""
    place = _number(number, len(korean_words.SUBJECTS))
    return korean_words.SUBJECTS[place] if place < len(korean_words.SUBJECTS) else ""


def shown(gallery: ReplicaGallery, want: ListQuery) -> list[Post]:
    """The posts that a list of this kind has on all its pages, newest first."""
    posts = gallery.posts
    if want.mode == "recommend":
        posts = [post for post in posts if post.icon in RECOMMENDED]
    elif want.mode == "notice":
        posts = [post for post in posts if post.icon == "notice"]
    if want.heading:
        posts = [post for post in posts if post.subject == want.heading]
    if want.keyword:
        first = _first(gallery, want)
        posts = [post for post in posts if first - WINDOW < post.no <= first and _found(post, want)]
    return posts


def _first(gallery: ReplicaGallery, want: ListQuery) -> int:
    """The number at which a search begins."""
    return want.position or (gallery.posts[0].no if gallery.posts else 0)


def _found(post: Post, want: ListQuery) -> bool:
    body = " ".join(block.text for block in post.blocks if block.form == "text")
    fields = {"search_name": post.nick, "search_subject": post.title, "search_memo": body}
    return want.keyword in fields.get(want.field, f"{post.title} {body}")


def page_of(posts: list[Post], page: int, size: int, overlap: int) -> list[Post]:
    """One page of posts. With an overlap, as when a list shifts while it is read, a post stands on two pages."""
    start = (page - 1) * (size - overlap)
    return posts[start : start + size]


def last_page(count: int, size: int, overlap: int) -> int:
    """The number of the last page that shows a post not shown before."""
    return max(1, -(-max(0, count - overlap) // (size - overlap)))


def list_page(gallery: ReplicaGallery, site: str, want: ListQuery) -> str:
    """The HTML of a list page."""
    posts = shown(gallery, want)
    last = last_page(len(posts), want.size, gallery.overlap)
    page = min(want.page, last) if gallery.past_end == "repeat" else want.page
    plain = want.mode != "recommend" and not want.heading and not want.keyword
    rows = [other_row(gallery, row, site) for row in gallery.rows if plain or row.kind == "notice"]
    rows += [post_row(gallery, post, page, site) for post in page_of(posts, page, want.size, gallery.overlap)]
    with_subject = '<th scope="col">말머리</th>' if gallery.kind in ("minor", "mini") else ""
    head = (
        '<thead><tr><th scope="col">번호</th>'
        f'{with_subject}<th scope="col">제목</th><th scope="col">글쓴이</th>'
        '<th scope="col">작성일</th><th scope="col">조회</th><th scope="col">추천</th></tr></thead>'
    )
    body = (
        f'<header><div class="page_head"><h2><a href="{e(gallery.list_path)}">{e(gallery.name)}</a></h2></div></header>\n'
        f'<div class="gall_listwrap list"><table class="gall_list">{head}\n<tbody class="listwrap2">\n'
        + "\n".join(rows)
        + f"\n</tbody></table></div>\n{_paging(gallery, page, last, want)}{_further(gallery, want)}"
    )
    return document(gallery.name, body, page_clutter.top(), page_clutter.side())


def below_post(gallery: ReplicaGallery, site: str) -> str:
    """The first rows of the list, as they stand below every post of the gallery."""
    rows = "\n".join(post_row(gallery, post, 1, site) for post in gallery.posts[:BELOW])
    return f'<div class="gall_listwrap list"><table class="gall_list"><tbody class="listwrap2">\n{rows}\n</tbody></table></div>'


def _options(want: ListQuery) -> str:
    """The options again, as links on the page carry them."""
    heading = korean_words.SUBJECTS.index(want.heading) if want.heading else ""
    keyword = "".join(f".{byte:02X}" for byte in want.keyword.encode("utf-8"))
    pairs = {
        "list_num": want.size if want.size != 50 else "",
        "exception_mode": want.mode if want.mode != "all" else "",
        "search_head": heading,
        "s_type": want.field,
        "s_keyword": keyword,
        "search_pos": -want.position or "",
    }
    return "".join(f"&{name}={value}" for name, value in pairs.items() if value != "")


def _paging(gallery: ReplicaGallery, page: int, last: int, want: ListQuery) -> str:
    options = _options(want)
    first = max(1, page - page % 15)
    links = [
        f"<em>{one}</em>" if one == page else f'<a href="{e(gallery.list_path)}&amp;page={one}{e(options)}">{one}</a>'
        for one in range(first, min(last, first + 14) + 1)
    ]
    end = f'<a class="sp_pagingicon page_end" href="{e(gallery.list_path)}&amp;page={last}{e(options)}">끝</a>'
    return f'<div class="bottom_paging_wrap"><div class="bottom_paging_box">{"".join(links)}{end}</div></div>'


def _further(gallery: ReplicaGallery, want: ListQuery) -> str:
    """The link that goes on searching where the window ended."""
    if not want.keyword or not gallery.posts or _first(gallery, want) - WINDOW < gallery.posts[-1].no:
        return ""
    options = f"&s_type={want.field}&s_keyword={_options(want).partition('s_keyword=')[2].partition('&')[0]}"
    address = f"{gallery.list_path}{options}&search_pos=-{_first(gallery, want) - WINDOW}"
    return f'<a class="search_next" href="{e(address)}">다음검색</a>'
