"""List pages: rows of posts, and everything that looks like one."""

from include.demo.page_parts import document, e
from include.demo.world import Gallery, Post, Row

RECOMMENDED = ("recomtxt", "recomimg", "recomovie", "recmovie", "btimebest", "rtimebest", "hit")


def shown(gallery: Gallery, mode: str, withheld: int = 0) -> list[Post]:
    """The posts that a mode shows, newest first; `withheld` of the newest are not published yet."""
    posts = gallery.posts[withheld:]
    if mode == "recommend":
        return [post for post in posts if post.icon in RECOMMENDED]
    return [] if mode == "notice" else posts


def page_of(posts: list[Post], page: int, size: int, overlap: int) -> list[Post]:
    """One page of posts. With an overlap, as when a list shifts while it is read, a post stands on two pages."""
    start = (page - 1) * (size - overlap)
    return posts[start : start + size]


def last_page(count: int, size: int, overlap: int) -> int:
    """The number of the last page that shows a post not shown before."""
    return max(1, -(-max(0, count - overlap) // (size - overlap)))


def list_page(gallery: Gallery, site: str, page: int, size: int, mode: str, withheld: int = 0) -> str:
    """The HTML of a list page."""
    posts = shown(gallery, mode, withheld)
    rows = [_other_row(gallery, row, site) for row in gallery.rows if mode != "recommend" or row.kind == "notice"]
    rows += [_post_row(gallery, post, page) for post in page_of(posts, page, size, gallery.overlap)]
    last = last_page(len(posts), size, gallery.overlap)
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
        + f"\n</tbody></table></div>\n{_paging(gallery, page, last, size, mode)}"
    )
    return document(gallery.name, body)


def _paging(gallery: Gallery, page: int, last: int, size: int, mode: str) -> str:
    options = (f"&list_num={size}" if size != 50 else "") + (f"&exception_mode={mode}" if mode != "all" else "")
    first = max(1, page - page % 15)
    links = [
        f"<em>{one}</em>" if one == page else f'<a href="{e(gallery.list_path)}&amp;page={one}{e(options)}">{one}</a>'
        for one in range(first, min(last, first + 14) + 1)
    ]
    end = f'<a class="sp_pagingicon page_end" href="{e(gallery.list_path)}&amp;page={last}{e(options)}">끝</a>'
    return f'<div class="bottom_paging_wrap"><div class="bottom_paging_box">{"".join(links)}{end}</div></div>'


def _cells(gallery: Gallery, number: str, subject: str, title: str, post: Post | None) -> str:
    nick, uid, ip = (post.nick, post.uid, post.ip) if post else ("운영자", "", "")
    date = f'<td class="gall_date" title="{e(post.posted_at)}">{e(_short(post.posted_at))}</td>' if post else _no_date()
    subject_cell = f'<td class="gall_subject">{e(subject)}</td>' if gallery.kind in ("minor", "mini") else ""
    address = f'<span class="ip">({e(ip)})</span>' if ip else ""
    return (
        f'<td class="gall_num">{e(number)}</td>{subject_cell}<td class="gall_tit ub-word">{title}</td>'
        f'<td class="gall_writer ub-writer" data-nick="{e(nick)}" data-uid="{e(uid)}" data-ip="{e(ip)}">'
        f'<span class="nickname"><em>{e(nick)}</em></span>{address}</td>{date}'
        f'<td class="gall_count">{post.views if post else "-"}</td>'
        f'<td class="gall_recommend">{post.recommend if post else "-"}</td>'
    )


def _no_date() -> str:
    return '<td class="gall_date">-</td>'


def _short(posted_at: str) -> str:
    """The short date as the site writes it: only the attribute beside it can be trusted."""
    return posted_at[5:10].replace("-", ".")


def _post_row(gallery: Gallery, post: Post, page: int) -> str:
    replies = (
        f'<a class="reply_numbox" href="#"><span class="reply_num">{e(post.replies)}</span></a>' if post.replies else ""
    )
    href = f"{e(gallery.view_path(post.no))}&amp;page={page}"
    title = f'<a href="{href}" view-msg=""><em class="icon_img icon_{post.icon}"></em>{e(post.title)}</a>{replies}'
    return (
        f'<tr class="ub-content us-post" data-no="{post.no}" data-type="icon_{post.icon}">'
        f"{_cells(gallery, str(post.no), post.subject, title, post)}</tr>"
    )


def _other_row(gallery: Gallery, row: Row, site: str) -> str:
    href = row.href.replace("{other}", other_name(site))
    bold = f"<b>{e(row.title)}</b>" if row.kind == "notice" else e(row.title)
    title = f'<a href="{e(href)}"><em class="icon_img icon_{row.icon}"></em>{bold}</a>'
    css = "ub-content" if row.kind in ("survey", "ad") else "ub-content us-post"
    number = f' data-no="{row.no}"' if row.no else ""
    return (
        f'<tr class="{css}"{number} data-type="icon_{row.icon}">'
        f"{_cells(gallery, row.number, row.number, title, None)}</tr>"
    )


def other_name(site: str) -> str:
    """The same server under a name that is not the site's: whoever asks there has followed a link off the site."""
    scheme, _, host = site.partition("://")
    name, _, port = host.partition(":")
    stranger = "localhost" if name != "localhost" else "127.0.0.1"
    return f"{scheme}://{stranger}:{port}" if port else f"{scheme}://{stranger}"
