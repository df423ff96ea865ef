"""Post pages, the pages that stand in for a post, and the video player's page."""

from include.demo.list_page import other_name
from include.demo.page_parts import (
    BLANK,
    document,
    download_address,
    e,
    image_address,
    script,
)
from include.demo.world import Block, Gallery, Post


def movie_number(token: str) -> int:
    """The number by which a player page is asked for."""
    return int(token[:7], 16)


def instead(gallery: Gallery, post: Post) -> str | None:
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
    }
    return pages.get(post.state)


def closed_page(gallery: Gallery) -> str:
    """A closed minor gallery: an alert, and back."""
    return script(f'alert("해당 마이너 갤러리는 운영 원칙 위반으로 폐쇄되었습니다.\\n[{gallery.id}]"); history.back();')


def moved_page(address: str) -> str:
    """The gallery is of another kind: a script goes to the right list."""
    return script(f'window.location.replace("{address}");')


def post_page(gallery: Gallery, post: Post, site: str) -> str:
    """The HTML of a post that can be read."""
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
    blocks = "\n".join(_block(gallery, block, site, post.no) for block in post.blocks)
    body = (
        f'<section><article><div class="view_content_wrap">{head}<div class="gallview_contents"><div class="inner clear">'
        f'<div class="writing_view_box"><div class="write_div">\n{blocks}\n</div></div>{_box(post, site)}</div></div></div>'
        f"</article></section>\n{_comments(post)}\n{_below(gallery)}"
    )
    return document(post.title, body)


def _block(gallery: Gallery, block: Block, site: str, no: int) -> str:
    shown = e(image_address(site, gallery.id, block.token)) if block.token else ""
    address = e(block.text.replace("{other}", other_name(site)).replace("{site}", site))
    forms = {
        "text": f"<p>{e(block.text)}</p>",
        "image": f'<p><img src="{shown}" style="cursor:pointer;" onclick="javascript:imgPop(this)"></p>',
        "lazy": f'<p><img src="{BLANK}" class="lazy" data-original="{shown}"></p>',
        "datasrc": f'<p><img src="{BLANK}" data-src="{shown}" alt="{no}"></p>',
        "datagif": f'<p><img src="{BLANK}" data-original="{e(site)}/nstatic/still.png" data-gif="{shown}"></p>',
        "gif_video": (
            f'<p><video class="gif_video" autoplay loop muted data-src="{shown}">'
            f'<source src="{shown}&amp;mp4=1" type="video/mp4" onerror="change_gif(this, \'{shown}\')"></video></p>'
        ),
        "dccon": f'<p><img class="written_dccon" src="{e(site)}/dccon.php?no={block.token or "62b5df2be09d3ca5"}" alt="콘"></p>',
        "nstatic": '<p><img src="/nstatic/viewimage.php.png" alt="장식"></p>',
        "og": f'<div class="og-div"><a href="{address}"><img class="og-img" src="{e(site)}/viewimage.php?id=og&amp;no=0"></a></div>',
        "ad": f'<div class="ad_in_body"><a href="{address}"><img src="/nstatic/ad_box.png" alt="광고"></a></div>',
        "iframe": f'<p><iframe src="{address}" width="560" height="315"></iframe></p>',
        "offsite": f'<p><img src="{address}"></p>',
        "link": f'<p><a href="{address}">링크</a></p>',
    }
    return _video(block, site) if block.form == "video" else forms[block.form]


def _video(block: Block, site: str) -> str:
    number = movie_number(block.token)
    base = {"absolute": site, "protocol": "//" + site.partition("://")[2], "relative": ""}[block.text]
    return (
        f'<p><iframe id="movieIcon{number}" src="{e(base)}/board/movie/movie_view?no={number}" '
        'width="640" height="360" allowfullscreen></iframe></p>'
    )


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
    return (
        f'<div class="view_comment"><div class="comment_count">댓글 {e(post.replies or 0)}</div><ul class="cmt_list">'
        '<li><img class="written_dccon" src="/dccon.php?no=62b5df2be09d3ca5" alt="콘"></li></ul></div>'
    )


def _below(gallery: Gallery) -> str:
    """The list that stands below a post, with pictures that are none of the post's."""
    newest = gallery.posts[0].no if gallery.posts else 0
    return (
        '<div class="gall_exposure"><ul class="exposure_list"><li>'
        f'<a href="{e(gallery.view_path(newest))}"><img class="thumb" src="/nstatic/thumb.png" alt=""></a></li></ul></div>'
    )


def player_page(block: Block, site: str, with_referer: bool) -> str:
    """The page inside a video's iframe: the source is named unless it is still being encoded or nobody referred."""
    source = f"{site}/viewmovie.php?type=mp4&code={block.token}"
    if block.style == "encoding":
        inner = '<div class="movie_encoding">동영상을 인코딩하고 있습니다. 잠시 후 다시 시도하세요.</div>'
    elif not with_referer:
        inner = '<div class="movie_error">잘못된 접근입니다.</div>'
    elif block.style == "hidden":
        inner = f'<input type="hidden" class="movie_url" value="{e(source)}"><div id="player"></div>'
    else:
        inner = (
            f'<video class="dc_mv" controls preload="metadata"><source src="{e(source)}" type="video/mp4"></video>'
            f'<button type="button" class="btn_down" onclick="location.href=\'{e(source)}&amp;down=1\'">다운로드</button>'
        )
    return f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body class="movie">{inner}</body></html>\n'
