"""Post pages, the pages that stand in for a post, and the video player's page."""

from collections.abc import Callable
from random import Random

from replica import korean_words, page_clutter
from replica.blocks import block_html
from replica.page_parts import (
    document,
    download_address,
    e,
    other_name,
    script,
)
from replica.world import Block, Post, ReplicaGallery

MAX_COMMENTS = 40


def instead(gallery: ReplicaGallery, post: Post) -> str | None:
    """What is served, with HTTP 200, instead of a post that cannot be read; None when it can."""
    kind = {"minor": "minor", "mini": "mini", "person": "person"}.get(gallery.kind, "")
    pages = {
        "deleted": script(f'location.replace("/derror/deleted/{gallery.id}/{kind}");'),
        "adult": script(f'location.replace("/error/adult/?s_url={gallery.id}%2F{post.no}");'),
        "adult_box": document("성인 인증", '<div class="adult_certify"><p>성인 인증이 필요한 글입니다.</p></div>'),
        "secret": document(
            "비밀글",
            '<div class="mini_pwcheck"><form method="post"><p>비밀글입니다. 비밀번호를 입력하세요.</p>'
            '<input type="password" name="password"></form></div>',
        ),
        "moved": script('location.href = "/mgallery/board/lists/?id=replica_elsewhere";'),
        "unreadable": document("점검", '<div class="maintenance"><p>지금은 점검 중입니다. 잠시 뒤에 오세요.</p></div>'),
        "unreadable_json": '{"result": "fail", "cause": "-9"}',
    }
    return pages.get(post.state)


def shut_page(gallery: ReplicaGallery) -> str:
    """What every page of a gallery that is not open shows: closed, for adults, or nothing that anybody knows."""
    closed = f'alert("해당 마이너 갤러리는 운영 원칙 위반으로 폐쇄되었습니다.\\n[{gallery.id}]"); history.back();'
    pages = {
        "closed": script(closed),
        "adult": script(f'location.replace("/error/adult/?s_url={gallery.id}");'),
        "unreadable": document("안내", '<div class="maintenance"><p>새 화면을 준비하고 있습니다.</p></div>'),
    }
    return pages[gallery.state]


def moved_page(address: str) -> str:
    """The gallery is of another kind: a script goes to the right list."""
    return script(f'window.location.replace("{address}");')


def post_page(gallery: ReplicaGallery, post: Post, site: str, below: str = "") -> str:
    """The HTML of a post that can be read; `below` is the list that stands under it."""
    subject = f'<span class="title_headtext">[{e(post.subject)}]</span>' if post.subject else ""
    views = (
        f'<span class="gall_count">조회 {post.views}</span><span class="gall_reply_num">추천 {post.recommend}</span>'
    )
    trick = '<script>document.title = "제목";</script>' if post.no % 3 == 0 else ""
    head = (
        f'<div class="gallview_head clear ub-content"><h3 class="title ub-word">{subject}'
        f'<span class="title_subject">{e(post.title)}{trick}</span></h3>'
        f'<div class="gall_writer ub-writer" data-nick="{e(post.nick)}" data-uid="{e(post.uid)}" data-ip="{e(post.ip)}">'
        f'<span class="nickname"><em>{e(post.nick)}</em></span>'
        f'<span class="gall_date" title="{e(post.posted_at)}">{e(post.posted_at.replace("-", "."))}</span>{views}</div></div>'
    )
    blocks = "\n".join(block_html(gallery, block, site, post.no) for block in post.blocks)
    body = (
        f'<section><article><div class="view_content_wrap">{head}<div class="gallview_contents"><div class="inner clear">'
        f'<div class="writing_view_box"><div class="write_div">\n{blocks}\n</div></div>{_box(post, site)}</div></div></div>'
        f"</article></section>\n{_comments(post)}\n{_below(gallery)}{below}"
    )
    return BROKEN.get(post.page, str)(document(post.title, body, page_clutter.top()))


def _unclosed(page: str) -> str:
    """Tags that nobody closes, and ends of some that nobody opened."""
    page = (
        page.replace("</p>", "")
        .replace("</li>", "")
        .replace('<div class="write_div">', '<div class="write_div"><b><i><p>')
    )
    return page.replace('<div class="view_comment">', '</td></span></b><font color=red><div class="view_comment">')


def _nul(page: str) -> str:
    """NUL bytes, in text and in attributes."""
    return page.replace('<div class="write_div">', '<div class="write_div" data-x="a\0b">\0앞\0<p>\0</p>')


def _bytes(page: str) -> str:
    """Bytes that are no UTF-8, in text and in attributes: see `encoded`."""
    return page.replace(
        '<div class="write_div">', '<div class="write_div" data-x="\udcff"><p>\udcc3( \udced\udca0\udc80</p>'
    )


def _deep(page: str) -> str:
    """Three megabytes of divisions in one another, below the post."""
    return page.replace('<div class="view_comment">', "<div>" * DEPTH + "</div>" * DEPTH + '<div class="view_comment">')


def encoded(page: str) -> bytes:
    """A page as bytes; what stands for a byte that is no UTF-8 becomes that byte."""
    return page.encode("utf-8", "surrogateescape")


DEPTH = 280_000
BROKEN: dict[str, Callable[[str], str]] = {"unclosed": _unclosed, "nul": _nul, "bytes": _bytes, "deep": _deep}


def _box(post: Post, site: str) -> str:
    if post.attachments is None:
        return ""
    addresses = [
        one.address.replace("{other}", other_name(site)) or download_address(site, one) for one in post.attachments
    ]
    items = "".join(
        f'<li class="attach"><a href="{e(address)}">{e(one.name)}</a></li>'
        for address, one in zip(addresses, post.attachments, strict=True)
    )
    return (
        f'<div class="appending_file_box"><strong>원본 첨부파일 <em class="font_red">{len(post.attachments)}</em></strong>'
        f'<ul class="appending_file">{items}</ul></div>'
    )


def _comments(post: Post) -> str:
    count = min(MAX_COMMENTS, int("".join(one for one in post.replies.partition("/")[0] if one.isdigit()) or 0))
    rng = Random(post.no)
    lines = "\n".join(_comment(rng, post, number) for number in range(count))
    return (
        f'<div class="view_comment"><div class="comment_count">댓글 {e(post.replies or 0)}</div><ul class="cmt_list">'
        f'<li><img class="written_dccon" src="/dccon.php?no=62b5df2be09d3ca5" alt="콘"></li>{lines}</ul></div>'
    )


def _comment(rng: Random, post: Post, number: int) -> str:
    nick = e(korean_words.nick(rng))
    return (
        f'<li id="comment_li_{post.no}{number:03d}" class="ub-content"><div class="cmt_info clear" data-no="{number}">'
        f'<div class="cmt_nickbox"><span class="gall_writer ub-writer" data-nick="{nick}" data-uid="" data-ip="198.51">'
        f'<span class="nickname in" title="{nick}"><em>{nick}</em></span><span class="ip">(198.51)</span></span></div>'
        f'<div class="clear cmt_txtbox btn_reply_write_all"><p class="usertxt ub-word">{e(korean_words.comment(rng))}</p></div>'
        f'<div class="fr clear"><span class="date_time">{e(post.posted_at[5:].replace("-", "."))}</span></div></div></li>'
    )


def _below(gallery: ReplicaGallery) -> str:
    """The list that stands below a post, with pictures that are none of the post's."""
    newest = gallery.posts[0].no if gallery.posts else 0
    return (
        '<div class="gall_exposure"><ul class="exposure_list"><li>'
        f'<a href="{e(gallery.view_path(newest))}"><img class="thumb" src="/nstatic/thumb.png" alt=""></a></li></ul></div>'
    )


def player_page(block: Block, site: str, with_referer: bool) -> str:
    """The page inside a video's iframe: the source is named unless it is still being encoded or nobody referred."""
    source = f"{site}/viewmovie.php?type=mp4&code={block.token}"
    button = (
        f'<button type="button" class="btn_down" onclick="location.href=\'{e(source)}&amp;down=1\'">다운로드</button>'
    )
    if block.style == "encoding":
        inner = '<div class="movie_encoding">동영상을 인코딩하고 있습니다. 잠시 후 다시 시도하세요.</div>'
    elif not with_referer:
        inner = '<div class="movie_error">잘못된 접근입니다.</div>'
    elif block.style == "button":  # only a click leads to the file
        inner = f'<div id="player"></div>{button}'
    elif block.style == "hidden":
        inner = f'<input type="hidden" class="movie_url" value="{e(source)}"><div id="player"></div>'
    else:
        video = f'<video class="dc_mv" controls preload="metadata"><source src="{e(source)}" type="video/mp4"></video>'
        inner = f"{video}{button}"
    return f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body class="movie">{inner}</body></html>\n'
