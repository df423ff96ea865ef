"""Rows of a list: posts as they mostly look, posts that look odd, and everything that is none."""

from replica.page_parts import e, other_name
from replica.world import SHORT, ListRow, Post, ReplicaGallery

# Rows of these kinds do not say that they are posts (`us-post`); all others do.
MODEST = ("survey", "ad")


def post_row(gallery: ReplicaGallery, post: Post, page: int, site: str) -> str:
    """The row of a post."""
    replies = (
        f'<a class="reply_numbox" href="#"><span class="reply_num">{e(post.replies)}</span></a>' if post.replies else ""
    )
    icon = "" if post.row == "iconless" else f'<em class="icon_img icon_{post.icon}"></em>'
    shown = f"<b><mark>{e(post.title[:2])}</mark>{e(post.title[2:])}</b>" if post.row == "marked" else e(post.title)
    title = f'<a href="{e(_href(gallery, post, page, site))}" view-msg="">{icon}{shown}</a>{replies}'
    type_ = "" if post.row == "typeless" else f' data-type="icon_{post.icon}"'
    number = f"\n    {post.no}\n  " if post.row == "padded" else str(post.no)
    return (
        f'<tr class="ub-content us-post" data-no="{post.no}"{type_}>'
        f"{_cells(gallery, number, post.subject, title, post)}</tr>"
    )


def _href(gallery: ReplicaGallery, post: Post, page: int, site: str) -> str:
    options = f"search_head=1&page={page}&id={gallery.id}&exception_mode=all#focus_cmt"
    forms = {
        "absolute": f"{site}{gallery.view_path(post.no)}",
        "short": f"{SHORT[gallery.kind]}/{gallery.id}/{post.no}",
        "options": f"{gallery.board}/view?no={post.no}&{options}",
    }
    return forms.get(post.row) or f"{gallery.view_path(post.no)}&page={page}"


def other_row(gallery: ReplicaGallery, row: ListRow, site: str) -> str:
    """A row that is no post of this gallery."""
    href = row.href.replace("{other}", other_name(site))
    bold = f"<b>{e(row.title)}</b>" if row.kind == "notice" else e(row.title)
    title = f'<a href="{e(href)}"><em class="icon_img icon_{row.icon}"></em>{bold}</a>'
    css = "ub-content" if row.kind in MODEST else "ub-content us-post"
    number = f' data-no="{row.no}"' if row.no else ""
    return (
        f'<tr class="{css}"{number} data-type="icon_{row.icon}">'
        f"{_cells(gallery, row.number, row.number, title, None)}</tr>"
    )


def _cells(gallery: ReplicaGallery, number: str, subject: str, title: str, post: Post | None) -> str:
    nick, uid, ip = (post.nick, post.uid, post.ip) if post else ("운영자", "", "")
    subject_cell = f'<td class="gall_subject">{e(subject)}</td>' if gallery.kind in ("minor", "mini") else ""
    address = f'<span class="ip">({e(ip)})</span>' if ip else ""
    recommend = "-" if post is None or post.icon == "survey" else post.recommend
    return (
        f'<td class="gall_num">{e(number)}</td>{subject_cell}<td class="gall_tit ub-word">{title}</td>'
        f'<td class="gall_writer ub-writer" data-nick="{e(nick)}" data-uid="{e(uid)}" data-ip="{e(ip)}">'
        f'<span class="nickname"><em>{e(nick)}</em></span>{address}</td>{_date(post)}'
        f'<td class="gall_count">{post.views if post else "-"}</td>'
        f'<td class="gall_recommend">{recommend}</td>'
    )


def _date(post: Post | None) -> str:
    """The short text varies, and only the attribute beside it can be trusted, where there is one."""
    if post is None:
        return '<td class="gall_date">-</td>'
    if post.row == "dateless":
        return ""
    if post.row == "undated":
        return f'<td class="gall_date">{e(post.posted_at[11:16])}</td>'
    return f'<td class="gall_date" title="{e(post.posted_at)}">{e(post.posted_at[5:10].replace("-", "."))}</td>'
