"""What the DCInside adapter promises of pages, tried on pages written by hand."""

from datetime import UTC, datetime

import pytest

from include.crawl.adapters import Gallery, MediaLink, Player
from include.crawl.adapters.dcinside import DCInside
from include.media.file_types import MediaKind

BASE = "https://gall.dcinside.com"
SITE = DCInside(BASE)
HOME = Gallery("cats", f"{BASE}/mgallery/board/lists/?id=cats")
POST = f"{BASE}/mgallery/board/view/?id=cats&no=7"


def list_page(*rows: str) -> bytes:
    return f'<table class="gall_list"><tbody>{"".join(rows)}</tbody></table>'.encode()


def row(number: str = "7", href: str | None = None, shown: str | None = None) -> str:
    href = href or f"/mgallery/board/view/?id=cats&no={number}&page=2"
    return f"""<tr class="ub-content us-post" data-no="{number}" data-type="icon_pic">
      <td class="gall_num">{shown or number}</td><td class="gall_subject">일반</td>
      <td class="gall_tit"><a href="{href}"><em class="icon_img icon_pic"></em>고양이</a></td>
      <td class="gall_writer" data-nick="ㅇㅇ"></td><td class="gall_date" title="2026-03-01 23:30:00">23:30</td></tr>"""


def post_page(body: str = "", extra: str = "") -> bytes:
    return f"""<div class="gallview_head"><h3><span class="title_subject">고양이<script>var x = 1;</script> 사진</span></h3>
      <span class="gall_date" title="2026-03-01 23:30:00">03.01</span></div>
      <div class="writing_view_box"><div class="write_div">{body}</div></div>{extra}""".encode()


def media_of(body: str = "", extra: str = "") -> list[MediaLink]:
    return SITE.parse_post(POST, 200, post_page(body, extra)).media


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/board/lists/?id=cats", "cats"),
        ("/board/lists?id=cats&page=3&exception_mode=recommend", "cats"),
        ("/mgallery/board/lists/?id=cats", "cats"),
        ("/mini/board/lists/?id=cats", "mini:cats"),
        ("/person/board/lists/?id=cats", "person:cats"),
        ("/m/cats", "cats"),
        ("/mini/cats/", "mini:cats"),
    ],
)
def test_every_kind_of_gallery_has_its_own_key(path: str, key: str) -> None:
    assert SITE.gallery(BASE + path).key == key


@pytest.mark.parametrize("path", ["/", "/board/view/?id=cats&no=1", "/board/lists/", "/board/lists/?id=../../etc"])
def test_an_address_that_is_no_list_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no list page"):
        SITE.gallery(BASE + path)


def test_a_row_becomes_a_post_with_an_unambiguous_time() -> None:
    (link,) = SITE.parse_list(HOME, 200, list_page(row())).posts
    assert (link.gallery, link.post_no, link.url) == ("cats", 7, POST)
    assert link.posted_at == datetime(2026, 3, 1, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "unwanted",
    [
        row(shown="공지"),
        row(shown="AD"),
        row(href="javascript:;"),
        row(href="https://elsewhere.example/board/view/?id=cats&no=7"),
        row(href="http://[broken/board/view/"),
        row(number="7' OR 1=1"),
    ],
)
def test_what_is_no_post_of_this_gallery_is_no_row(unwanted: str) -> None:
    assert [link.post_no for link in SITE.parse_list(HOME, 200, list_page(unwanted, row("8"))).posts] == [8]


def test_lazy_images_are_found_where_they_really_lie() -> None:
    body = """<img src="https://dcimg1.dcinside.co.kr/viewimage.php?no=a">
      <img src="/gallview_loading_ori.gif" data-original="//dcimg2.dcinside.co.kr/viewimage.php?no=b">
      <img src="/x.gif" data-original="https://d.dcinside.com/viewimage.php?no=low"
           data-gif="https://d.dcinside.com/viewimage.php?no=c">
      <video data-src="https://d.dcinside.com/viewimage.php?no=d"><source src="e.mp4"></video>"""
    links = media_of(body)
    assert [link.url.rsplit("=")[-1] for link in links] == ["a", "b", "c", "d"]
    assert [(link.kind, link.ordinal) for link in links] == [("image", n) for n in (1, 2, 3, 4)]


def test_stickers_previews_and_page_furniture_are_no_media() -> None:
    body = """<img class="written_dccon" src="https://d.dcinside.com/viewimage.php?no=sticker">
      <img src="https://dcimg5.dcinside.com/dccon.php?no=1"><img src="/nstatic/viewimage.php.png">
      <img class="og-img" src="https://d.dcinside.com/viewimage.php?no=preview"><iframe src="https://tube.example/v"></iframe>"""
    assert media_of(body) == []


def test_attachments_follow_the_body_and_an_address_counts_once() -> None:
    body = '<img src="https://d.dcinside.com/viewimage.php?no=a"><img src="https://d.dcinside.com/viewimage.php?no=a">'
    box = """<div class="appending_file_box"><ul class="appending_file">
      <li><a href="https://image.dcinside.com/download.php?no=ff&f_no=고양이 +%20사진.jpg">고양이.jpg</a></li></ul></div>"""
    links = media_of(body, box)
    assert [(link.ordinal, "download.php" in link.url) for link in links] == [(1, False), (2, True)]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("고양이.JPG", "image"),
        ("춤 1.mp4", "video"),
        ("무제", "image"),
        ("50% 할인. 여름", "image"),
        ("서류.hwp", None),
    ],
)
def test_an_attachment_is_what_its_name_promises_and_documents_are_left(name: str, kind: str | None) -> None:
    box = f"""<div class="appending_file_box"><ul class="appending_file">
      <li><a href="/download.php?no=1&f_no=2">{name}</a></li></ul></div>"""
    assert [link.kind for link in media_of("", box)] == ([kind] if kind else [])


def test_a_video_is_a_player_page_that_names_its_file() -> None:
    (video,) = media_of('<iframe id="movieIcon1" src="/board/movie/movie_view?no=9"></iframe>')
    assert video == MediaLink(MediaKind.VIDEO, 1, f"{BASE}/board/movie/movie_view?no=9", player=True)
    page = b'<video class="dc_mv"><source src="https://dcm1.dcinside.co.kr/viewmovie.php?type=mp4&code=x"></video>'
    older = b'<input type="hidden" value="https://dcm6.dcinside.co.kr/viewmovie.php?code=y">'
    assert SITE.parse_player(video.url, page).source == "https://dcm1.dcinside.co.kr/viewmovie.php?type=mp4&code=x"
    assert SITE.parse_player(video.url, older).source == "https://dcm6.dcinside.co.kr/viewmovie.php?code=y"
    assert SITE.parse_player(video.url, b"<p>encoding</p>") == Player()


@pytest.mark.parametrize(
    ("http_status", "html", "status"),
    [
        (404, "gone", "deleted"),
        (200, '<script>location.replace("/derror/deleted/cats/minor")</script>', "deleted"),
        (200, '<script>location.href = "/error/adult?s_url=x"</script>', "adult"),
        (200, '<div class="adult_certify"></div>', "adult"),
        (200, '<script>alert("해당 마이너 갤러리는 접근이 제한되었습니다.")</script>', "closed"),
        (200, '<form class="mini_pwcheck"></form>', "secret"),
        (200, '<script>location.replace("https://gall.dcinside.com/board/lists/?id=cats")</script>', "moved"),
        (200, "", "blocked"),
        (403, "no", "blocked"),
        (429, "slowly", "blocked"),
        (200, "<p>something new</p>", "unreadable"),
        (200, "\x00\xff<<<", "unreadable"),
    ],
)
def test_what_is_no_post_is_an_outcome_and_never_an_error(http_status: int, html: str, status: str) -> None:
    assert SITE.parse_post(POST, http_status, html.encode()).status == status


def test_a_script_in_the_title_is_not_part_of_it() -> None:
    page = SITE.parse_post(POST, 200, post_page())
    assert (page.status, page.title) == ("published", "고양이 사진")
