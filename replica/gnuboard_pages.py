"""Pages of a community on Gnuboard 5, built as its basic skins build them: the parts that a crawler meets."""

from urllib.parse import quote

from replica.gnuboard_world import Board, GnuboardPost, Piece
from replica.page_parts import e

LINKS = ("{site}/bbs/board.php?bo_table={board}&wr_id={no}&page={page}", "./board.php?wr_id={no}&bo_table={board}",
         "/{board}/{no}?page={page}", "{site}/bbs/board.php?bo_table={board}&wr_id={no}")  # fmt: skip


def document(title: str, body: str) -> str:
    """A page with what stands on every page."""
    return (
        f'<!doctype html>\n<html lang="ko">\n<head><meta charset="utf-8"><title>{e(title)}</title>\n'
        '<script>var g5_bbs_url = "/bbs"; var g5_is_member = "";</script></head>\n<body>\n'
        '<div id="hd"><a href="/"><img src="/img/logo.png" alt="복제본"></a></div>\n'
        f'<div id="container">\n{body}\n</div>\n'
        '<div id="ft">복제본입니다. 실제 사이트와 관계가 없습니다.</div>\n</body></html>\n'
    )


def alert(text: str, then: str = "history.back();") -> str:
    """What stands for a page: with HTTP 200, a script that says why not."""
    return (
        '<!doctype html>\n<html lang="ko"><head><meta charset="utf-8"><title>오류안내 페이지</title></head><body>\n'
        f'<script>\nalert("{text}");\n{then}\n</script>\n<noscript><p>{e(text)}</p></noscript></body></html>\n'
    )


def instead(post: GnuboardPost) -> str | None:
    """What is served with HTTP 200 in place of a post that cannot be read."""
    pages = {
        "deleted": alert("글이 존재하지 않습니다.\\n\\n글이 삭제되었거나 이동하였을 가능성이 있습니다."),
        "closed": alert(
            "글을 읽을 권한이 없습니다.\\n\\n회원이시라면 로그인 후 이용해 보십시오.",
            'location.replace("/bbs/login.php");',
        ),
        "adult": alert("성인인증 된 회원님만 글읽기가 가능합니다."),
        "moved": f'<script>location.replace("/bbs/board.php?bo_table=pics&wr_id={post.no}");</script>',
        "unreadable": document("점검", "<p>잠시 점검하고 있습니다.</p>"),
    }
    return pages.get(post.state)


def password_page() -> str:
    """Asks for the password of a secret post."""
    return document(
        "비밀번호 입력",
        '<div id="pw_confirm" class="mbskin"><p>비밀글 기능으로 보호된 글입니다.</p>'
        '<form action="/bbs/password_check.php" method="post"><input type="password" name="wr_password"></form></div>',
    )


def list_page(board: Board, number: int, site: str, other: str) -> str:
    """One list page, with notices above the posts and things among them that are none."""
    posts = board.page(number)
    if board.skin == "gallery":
        rows = "".join(_item(board, post, number, site) for post in posts)
        notice = _box(f"{site}{board.path}&amp;wr_id=1", "공지", '<span class="is_notice">공지</span>', "", "01-01")
        items = notice + rows + "".join(_box(e(address), "광고") for address in _traps(board, other))
        body = f'<div id="bo_gall"><ul id="gall_ul" class="gall_row">{items}</ul></div>'
    else:
        rows = "".join(_row(board, post, number, site) for post in posts)
        notices = "".join(_line(f"{site}{board.path}&amp;wr_id={no}", "공지", "bo_notice", "") for no in (1, 2))
        traps = "".join(_line(e(address), "광고") for address in _traps(board, other))
        empty = "" if posts else '<tr><td colspan="5" class="empty_table">게시물이 없습니다.</td></tr>'
        body = (
            '<div id="bo_list"><div class="tbl_head01"><table><thead><tr><th>번호</th><th>제목</th></tr></thead>'
            f"<tbody>{notices}{rows}{traps}{empty}</tbody></table></div></div>"
        )
    latest = f'<div class="lat"><ul><li><a href="{board.path}&amp;wr_id=1">최근 글</a></li></ul></div>'
    return document(f"{board.key} {number} 페이지", f'{latest}{body}<nav class="pg_wrap"><b>{number}</b></nav>')


def _href(board: Board, post: GnuboardPost, page: int, site: str) -> str:
    return e(LINKS[post.no % len(LINKS)].format(site=site, board=board.key, no=post.no, page=page))


def _row(board: Board, post: GnuboardPost, page: int, site: str) -> str:
    icon = '<i class="fa fa-download"></i>' if any(piece.form == "attached" for piece in post.pieces) else ""
    lock = '<i class="fa fa-lock"></i>' if post.state == "secret" else ""
    comments = f'<span class="sound_only">댓글</span><span class="cnt_cmt">{post.no % 5}</span>'
    more = f'<i class="fa fa-heart"></i>{icon}{comments}'
    return _line(
        _href(board, post, page, site), f"{lock}{e(post.title)}", "even", more, f"{post.posted_at:%y-%m-%d %H:%M}"
    )


def _line(href: str, title: str, css: str = "", more: str = "", date: str = "26-01-01 09:00") -> str:
    return (
        f'<tr class="{css}"><td class="td_num2">7</td><td class="td_subject"><div class="bo_tit">'
        f'<a href="{href}">{title}</a>{more}</div></td>'
        f'<td class="td_name"><span class="sv_member">닉네임</span></td><td class="td_datetime">{date}</td></tr>\n'
    )


def _item(board: Board, post: GnuboardPost, page: int, site: str) -> str:
    comments = f'<span class="sound_only">댓글</span><span class="cnt_cmt">{post.no % 5}</span>'
    return _box(_href(board, post, page, site), e(post.title), "", comments, f"{post.posted_at:%m-%d}")


def _box(href: str, title: str, css: str = "", more: str = "", date: str = "03-01") -> str:
    """An item of the gallery skin, whose dates have no year."""
    return (
        f'<li class="gall_li"><div class="gall_con"><div class="gall_img"><a href="{href}">{css}'
        f'<img src="/data/file/pics/thumb-none_202x150.jpg"></a></div><div class="gall_text_href"><a href="{href}" '
        f'class="bo_tit">{title}{more}</a></div><span class="gall_date">{date}</span></div></li>\n'
    )


def _traps(board: Board, other: str) -> list[str]:
    """What rows that look like posts lead to: another host, another board, no address at all."""
    posts = (f"{board.path}&wr_id={number}" for number in ("-1", "9%27 OR 1", "9" * 40))
    return [f"{other}{board.path}&wr_id=99001", "javascript:alert(1)", "http://[broken/?wr_id=3", "/_trap/row",
            "/bbs/board.php?bo_table=other&wr_id=99002", "/bbs/link.php?wr_id=5", "", *posts]  # fmt: skip


def post_page(board: Board, post: GnuboardPost, site: str, other: str) -> str:
    """The page of a post that can be read."""
    uploads = "".join(_piece(board, piece, site, other) for piece in post.pieces if piece.form == "upload")
    body = "\n".join(_piece(board, piece, site, other) for piece in post.pieces if piece.form in BODY)
    files = "".join(_attachment(board, post, at, piece, site) for at, piece in enumerate(post.pieces))
    box = f'<section id="bo_v_file"><h2>첨부파일</h2><ul>{files}</ul></section>' if files else ""
    return document(
        post.title,
        f'<article id="bo_v"><header><h2 id="bo_v_title"><span class="bo_v_cate">일반</span> <span class="bo_v_tit">'
        f'{e(post.title)}<script>var t = "x";</script></span></h2></header>'
        '<section id="bo_v_info"><img src="/img/no_profile.gif">'
        f'<span class="sv_member">닉네임</span><strong class="if_date"><span class="sound_only">작성일</span>'
        f'{post.posted_at:%y-%m-%d %H:%M}</strong></section><section id="bo_v_atc"><div id="bo_v_img">{uploads}</div>\n'
        f'<div id="bo_v_con">{body}</div></section>{box}'
        '<section id="bo_vc"><article><img src="/data/member_image/me.gif">'
        f'<p><img src="/data/editor/2603/comment.jpg"></p></article></section></article>'
        f'<div id="bo_list"><a href="{board.path}"><img src="/data/file/free/thumb-below_202x150.jpg"></a></div>',
    )


def _thumb(path: str) -> str:
    folder, _, name = path.rpartition("/")
    stem, _, ext = name.rpartition(".")
    return f"{folder}/thumb-{stem}_600x400.{ext}"


def _linked(fn: str, thumb: str) -> str:
    return f'<a href="{e(fn)}" target="_blank" class="view_image"><img src="{e(thumb)}" alt=""></a>'


def _editor(piece: Piece, site: str, other: str, board: Board) -> str:
    return _linked(f"{site}/bbs/view_image.php?fn={quote(piece.path, safe='')}", site + _thumb(piece.path))


def _upload(piece: Piece, site: str, other: str, board: Board) -> str:
    name = piece.path.rpartition("/")[2]
    return _linked(f"{site}/bbs/view_image.php?bo_table={board.key}&fn={name}", site + _thumb(piece.path))


BODY = {
    "text": "<p>날씨가 좋았다.</p>",
    "quote": '<p>누가 글이 존재하지 않습니다 라고 했다.</p><script>alert("글이 존재하지 않습니다.");</script>',
    "thumb": '<p><img src="{site}{thumb}"></p>',
    "small": '<p><img src="{path}" alt="작은 사진"></p>',
    "html": '<p><img src="{path}"></p>',
    "redirect": '<p><img src="{path}"></p>',
    "lazy": '<p><img class="lazy" src="/img/loading.gif" data-original="//{host}{path}"></p>',
    "away": '<p><img src="{other}{path}"></p>',
    "away_original": '<p><a href="{other}{path}" class="view_image"><img src="/img/none.gif"></a></p>',
    "link": '<p><a href="/_trap/link">눌러 보세요</a> <a href="{other}/_trap/link">여기도</a></p>',
    "video": '<p><video controls><source src="{site}{path}" type="video/mp4"></video></p>',
    "player": '<p><iframe src="{site}/plugin/movie/player.php?no={path}" width="640"></iframe></p>',
    "waiting": '<p><iframe src="/plugin/movie/player.php?no={path}&amp;wait=1" width="640"></iframe></p>',
    "youtube": '<p><iframe src="https://tube.example/embed/x"></iframe></p>',
    "member_icon": '<p><img src="/data/member/me.gif"><img src="{site}/skin/board/basic/img/icon_hot.gif"></p>',
    "emoticon": '<p><img src="/plugin/editor/emoticons/1.gif"></p>',
    "pseudo": '<p><img src="javascript:alert(1)"><img src="file:///etc/passwd"><img src=""><img></p>',
    "data": '<p><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="></p>',
    "broken": '<p><img src="http://[broken/data/file/x.jpg"><a class="view_image" href="http://:/"></a></p>',
    "editor": "",
}


def _piece(board: Board, piece: Piece, site: str, other: str) -> str:
    if piece.form in ("editor", "upload"):
        return (_editor if piece.form == "editor" else _upload)(piece, site, other, board)
    places = {"{site}": site, "{other}": other, "{host}": site.partition("//")[2], "{path}": piece.path}
    text = BODY[piece.form].replace("{thumb}", _thumb(piece.path))
    for name, value in places.items():
        text = text.replace(name, e(value))
    return text


def _attachment(board: Board, post: GnuboardPost, at: int, piece: Piece, site: str) -> str:
    """A file that is no picture of the page. What looks like one in the list may lead anywhere."""
    if piece.form not in ("attached", "session", "document", "pseudo_file"):
        return ""
    href = f"{site}/bbs/download.php?bo_table={board.key}&wr_id={post.no}&no={at}&nonce=abc|1"
    href = "javascript:file_download()" if piece.form == "pseudo_file" else href
    name = piece.name or "사진.jpg"
    return (
        f'<li><i class="fa fa-folder-open"></i><a href="{e(href)}" class="view_file_download">'
        f'<strong>{e(name)}</strong> (12.3K)</a><span class="bo_v_file_cnt">3회 다운로드</span></li>'
    )


def player_page(source: str, number: int) -> str:
    """A plug-in's player, in one of two forms; without a source while it is still being encoded."""
    if not source:
        return document("동영상", "<p>변환하고 있습니다.</p>")
    if number % 2:
        return document(
            "동영상", f'<div id="player"></div><script>jw("player").setup({{ file: "{source}" }});</script>'
        )
    return document("동영상", f'<video controls><source src="{e(source)}" type="video/mp4"></video>')
