"""What the adapter for described sites promises, tried on a site made up here and on pages written by hand."""

import random
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml.cssselect import CSSSelector

from include.core.errors import Mistake
from include.crawl.adapters import Gallery, MediaLink, Player, load_adapter
from include.crawl.adapters.css import Css
from include.crawl.adapters.html import tree
from include.crawl.adapters.selectors.adapter import SelectorsAdapter as Adapter
from include.crawl.sites import load_sites

BASE = "https://talk.example"
DEFINITION = r"""
[sites.talk]
adapter = "selectors"
base = "https://talk.example"
aliases = ["https://m.talk.example"]

[sites.talk.addresses]
list = [
  { path = '/b/(?P<gallery>[^/]{1,30})/?' },
  { path = '/board\.cgi', query = { id = '(?P<gallery>\w{1,30})' }, without = ["no"] },
]
post = [{ path = '/b/(?P<gallery>[^/]{1,30})/(?P<post_no>[0-9]+)' }]
list_url = "/b/{gallery}"
page_url = "/b/{gallery}?start={page}"
post_url = "/b/{gallery}/{post_no}"
filters = ["q"]
keep = ["size"]
first_page = 0
page_step = 20

[sites.talk.list]
present = ".posts"
rows = ".posts li"
skip = ".pinned"
link = "a.post"
number = { css = ".no", pattern = '[0-9]+' }
date = { css = "time", attributes = ["datetime"], formats = ["%Y-%m-%dT%H:%M:%S%z", "%Y.%m.%d %H:%M"] }
leave_out = ".replies"
icons = "img.icon"

[sites.talk.post]
present = "article"
title = "article h1"
date = { css = "article time", formats = ["%Y.%m.%d %H:%M"], zone = "UTC" }

[[sites.talk.post.media]]
css = "article .body img, article .body a.full"
skip = ".quote"
attributes = ["href", "data-src", "src"]
kind = "image"
must_match = '/(pics|full)/'
must_not_match = '\.svg$'
rewrite = [
  { pattern = '/pics/small-', to = '/full/' },
  { pattern = '.*/show\?f=(.*)', to = '\1', unquote = true },
]

[[sites.talk.post.media]]
css = "article .files a"
attributes = "href"
kind = "by name"
name = { css = "b" }

[[sites.talk.post.media]]
css = "article iframe"
kind = "video"
player = true
must_match = '/play/'

[sites.talk.player]
source = { css = "video", attributes = ["src", "data-src"] }
script = '"url":\s*"([^"]+)"'
button = "button.get"

[[sites.talk.outcomes]]
status = "closed"
http = [403]

[[sites.talk.outcomes]]
status = "deleted"
on = "post"
text = 'alert\("it is gone'

[[sites.talk.outcomes]]
status = "secret"
css = "form.password"

[[sites.talk.outcomes]]
status = "adult"
css = "body.grown-ups"
always = true

[[sites.talk.outcomes]]
status = "moved"
css = ".moved"
moved_to = 'to: (\S+)'

[sites.talk.headers]
extra = { "X-Requested-With" = "crawler" }
"""
CATS = Gallery("cats", f"{BASE}/b/cats")
POST = f"{BASE}/b/cats/7"


def adapter_of(tmp_path: Path, text: str) -> Adapter:
    file = tmp_path / "sites.toml"
    file.write_text(text)
    found = load_adapter(load_sites(file)[0])
    assert isinstance(found, Adapter)
    return found


@pytest.fixture
def talk(tmp_path: Path) -> Adapter:
    return adapter_of(tmp_path, DEFINITION)


def list_page(*rows: str) -> bytes:
    return f'<h1>cats</h1><ul class="posts">{"".join(rows)}</ul>'.encode()


def row(
    number: str = "7", href: str | None = None, shown: str | None = None, more: str = "", title: str = "고양이"
) -> str:
    href = f"/b/cats/{number}?from=list" if href is None else href
    return (
        f'<li><span class="no">No. {shown or number}</span><a class="post" href="{href}">'
        f'{title}</a>{more}<time datetime="2026.03.01 23:30"></time></li>'
    )


def post_page(body: str = "", files: str = "", head: str = "<h1>고양이<script>1</script> 사진</h1>") -> bytes:
    return f"""<article>{head}<time>2026.03.01 23:30</time><div class="body">{body}</div>
      <div class="files">{files}</div></article>""".encode()


def media_of(talk: Adapter, body: str = "", files: str = "") -> list[MediaLink]:
    return talk.parse_post(POST, 200, post_page(body, files)).media


def test_every_form_of_a_list_address_is_the_same_gallery(talk: Adapter) -> None:
    forms = ["/b/cats", "/b/cats/?start=40", "/board.cgi?x=1&id=cats"]
    assert {talk.gallery(BASE + form) for form in forms} == {CATS}
    assert talk.gallery("https://m.talk.example/b/cats") == CATS


def test_pages_are_asked_for_as_the_site_counts_them(talk: Adapter) -> None:
    assert talk.page_url(CATS, 1) == f"{BASE}/b/cats?start=0"
    assert talk.page_url(CATS, 3) == f"{BASE}/b/cats?start=40"


def test_a_search_is_kept_and_is_not_the_whole_gallery(talk: Adapter) -> None:
    found = talk.gallery(f"{BASE}/b/cats?start=20&q=%EA%B3%A0%EC%96%91&size=50&sort=old")
    assert found == Gallery("cats", f"{BASE}/b/cats?q=%EA%B3%A0%EC%96%91&size=50", partial=True)
    assert talk.page_url(found, 2) == f"{BASE}/b/cats?start=20&q=%EA%B3%A0%EC%96%91&size=50"
    assert not talk.gallery(f"{BASE}/b/cats?size=50").partial


def test_names_in_addresses_are_one_gallery_however_they_are_written(talk: Adapter) -> None:
    assert talk.gallery(f"{BASE}/b/고양이") == talk.gallery(f"{BASE}/b/%EA%B3%A0%EC%96%91%EC%9D%B4")
    assert talk.gallery(f"{BASE}/b/고양이").list_url == f"{BASE}/b/%EA%B3%A0%EC%96%91%EC%9D%B4"


@pytest.mark.parametrize(
    "url", ["/", "/b/cats/7", "/board.cgi?id=cats&no=1", "/b/a b", "/b/%2F..%2Fetc", "/b/" + "a" * 31]
)
def test_an_address_that_is_no_list_is_refused(talk: Adapter, url: str) -> None:
    with pytest.raises(Mistake, match="no list page"):
        talk.gallery(BASE + url)


@pytest.mark.parametrize(
    "url", ["https://elsewhere.example/b/cats", "http://[broken/b/cats", "", "cats", "javascript:1"]
)
def test_an_address_of_nobody_is_refused(talk: Adapter, url: str) -> None:
    assert talk.post(f"{url}/7") is None
    with pytest.raises(Mistake, match="no list page"):
        talk.gallery(url)


def test_a_post_has_one_address_however_it_was_written(talk: Adapter) -> None:
    found = talk.post("https://m.talk.example/b/cats/0007?from=mail#top")
    assert found and (found.gallery, found.post_no, found.url) == ("cats", 7, POST)
    assert talk.post(f"{BASE}/b/cats/{'9' * 16}") is None


def test_a_row_becomes_a_post_with_an_unambiguous_time(talk: Adapter) -> None:
    (link,) = talk.parse_list(CATS, 200, list_page(row())).posts
    assert (link.gallery, link.post_no, link.url) == ("cats", 7, POST)
    assert link.posted_at == datetime(2026, 3, 1, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-03-01T23:30:00+0200", datetime(2026, 3, 1, 21, 30, tzinfo=UTC)),
        ("2026.13.01 23:30", None),
        ("0001.01.01 00:00", None),
        ("9999.12.31 23:59", None),
        ("어제", None),
    ],
)
def test_a_time_is_taken_with_its_zone_or_not_at_all(talk: Adapter, written: str, expected: datetime | None) -> None:
    page = list_page(row().replace("2026.03.01 23:30", written))
    assert [link.posted_at for link in talk.parse_list(CATS, 200, page).posts] == [expected]


@pytest.mark.parametrize(
    "unwanted",
    [
        row().replace("<li>", '<li class="pinned">'),
        row(more='<b class="pinned">notice</b>'),
        row(shown="AD"),
        row(shown="8"),
        row(href="javascript:;"),
        row(href="https://elsewhere.example/b/cats/7"),
        row(href="http://[broken/b/cats/7"),
        row(href="/b/dogs/7"),
        row(href=""),
        "<li>nothing</li>",
        f'<li><ol class="pinned">{row()}</ol></li>',
    ],
)
def test_what_is_no_post_of_this_gallery_is_no_row(talk: Adapter, unwanted: str) -> None:
    assert [link.post_no for link in talk.parse_list(CATS, 200, list_page(unwanted, row("9"))).posts] == [9]


def test_a_post_that_a_page_lists_twice_is_one_and_the_order_stays(talk: Adapter) -> None:
    found = talk.parse_list(CATS, 200, list_page(row("9"), row("7"), row("9"), row("5"))).posts
    assert [link.post_no for link in found] == [9, 7, 5]


def test_a_change_of_title_or_icon_is_seen_and_a_comment_is_not(talk: Adapter) -> None:
    def listed(**changes: str) -> str | None:
        return talk.parse_list(CATS, 200, list_page(row(**changes))).posts[0].listed

    assert (
        listed(title='고양이 <i class="replies">[3]</i>')
        == listed(title='고양이 <i class="replies">[4]</i>')
        == listed()
    )
    assert listed(title='<i class="replies">[3]</i> 고양이') == listed()
    assert listed(title="고양이 2") != listed()
    assert listed(more='<img class="icon" src="/i/photo.gif">') != listed()


def test_a_list_without_posts_is_open_and_a_page_without_a_list_is_unreadable(talk: Adapter) -> None:
    assert talk.parse_list(CATS, 200, list_page()).status == "open"
    assert talk.parse_list(CATS, 200, b"<p>hello</p>").status == "unreadable"


def test_pictures_are_found_where_they_really_lie_and_in_the_order_of_the_page(talk: Adapter) -> None:
    body = """<img src="/pics/small-a.jpg"><a class="full" href="/show?f=%2Fpics%2F%EA%B3%A0.jpg">
      <img src="/thumbs/b.jpg"></a><img src="/blank.gif" data-src="//cdn.example/pics/c.jpg">
      <img src="/pics/small-a.jpg">"""
    links = media_of(talk, body)
    assert [link.url for link in links] == [
        f"{BASE}/full/a.jpg",
        f"{BASE}/pics/고.jpg",
        "https://cdn.example/pics/c.jpg",
    ]
    assert [(link.kind, link.ordinal) for link in links] == [("image", 1), ("image", 2), ("image", 3)]


@pytest.mark.parametrize(
    "body",
    [
        '<img src="/icons/smile.png">',
        '<img src="/pics/drawing.svg">',
        '<p class="quote"><img src="/pics/quoted.jpg"></p>',
        '<img class="quote" src="/pics/quoted.jpg">',
        '<img src="data:image/gif;base64,/pics/">',
        '<img src="javascript:/pics/">',
        '<img src="file:///pics/x">',
        '<img src="http://[broken/pics/x">',
        '<img src="http://:/pics/x">',
        '<img src="ftp://talk.example/pics/x">',
        '<a class="full" href="/show?f=javascript:/pics/"></a>',
        '<img src=""><img>',
        f'<img src="/pics/{"a" * 5000}">',
        '</div></article><img src="/pics/below.jpg">',
        '<iframe src="https://tube.example/embed/1"></iframe>',
    ],
)
def test_what_is_no_picture_of_the_post_is_none(talk: Adapter, body: str) -> None:
    assert media_of(talk, body) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [("고양이.JPG", "image"), ("춤.mp4", "video"), ("무제", "image"), ("서류.hwp", None), ("50% 할인.zip", None)],
)
def test_an_attachment_is_what_its_name_promises(talk: Adapter, name: str, kind: str | None) -> None:
    found = media_of(talk, "", f'<a href="/get?1"><b>{name}</b> (1.2 MB)</a>')
    assert [link.kind for link in found] == ([kind] if kind else [])


def test_each_kind_counts_from_one_over_all_of_the_post(talk: Adapter) -> None:
    frames = '<iframe src="/play/1"></iframe><iframe src="https://tube.example/embed"></iframe>'
    found = media_of(
        talk, f'{frames}<img src="/pics/a">', '<a href="/get?2"><b>b.png</b></a><a href="/get?3"><b>c.mp4</b></a>'
    )
    assert [(link.kind, link.ordinal, link.player) for link in found] == [
        ("image", 1, False),
        ("image", 2, False),
        ("video", 1, False),
        ("video", 2, True),
    ]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<video src=""></video><video data-src="/v/1.mp4"></video>', Player(f"{BASE}/v/1.mp4")),
        (r'<script>play({"url": "https:\/\/talk.example\/v\/2.mp4"})</script>', Player(f"{BASE}/v/2.mp4")),
        ('<script>play({"url": "javascript:1"})</script><button class="get">', Player(button=True)),
        ("<p>soon</p>", Player()),
        ("", Player()),
    ],
)
def test_a_player_page_names_its_file_or_has_a_button_or_neither(talk: Adapter, html: str, expected: Player) -> None:
    assert talk.parse_player(f"{BASE}/play/1", html.encode()) == expected


@pytest.mark.parametrize(
    ("http_status", "html", "status"),
    [
        (404, "gone", "deleted"),
        (410, "gone", "deleted"),
        (403, "no", "closed"),
        (429, "slowly", "blocked"),
        (503, "busy", "unreachable"),
        (200, " \n", "blocked"),
        (200, '<script>alert("it is gone")</script>', "deleted"),
        (200, '<form class="password">', "secret"),
        (200, '<body class="grown-ups">', "adult"),
        (200, '<p class="moved">', "moved"),
        (200, "<p>something new</p>", "unreadable"),
        (200, "\x00<<<", "unreadable"),
        (200, "<!-- -->", "unreadable"),
    ],
)
def test_what_is_no_post_is_an_outcome_and_never_an_error(
    talk: Adapter, http_status: int, html: str, status: str
) -> None:
    assert talk.parse_post(POST, http_status, html.encode()).status == status


@pytest.mark.parametrize(
    ("http_status", "html", "status"),
    [
        (404, "", "gone"),
        (200, '<form class="password">', "closed"),
        (200, '<script>alert("it is gone")</script>', "unreadable"),
    ],
)
def test_a_list_has_its_own_words_and_its_own_outcomes(talk: Adapter, http_status: int, html: str, status: str) -> None:
    assert talk.parse_list(CATS, http_status, html.encode()).status == status


def test_a_post_may_quote_what_the_site_says_of_posts_that_are_gone(talk: Adapter) -> None:
    quoting = post_page('<script>alert("it is gone")</script><form class="password">')
    assert talk.parse_post(POST, 200, quoting).status == "published"
    assert talk.parse_post(POST, 200, b'<body class="grown-ups">' + quoting).status == "adult"  # `always`


def test_the_first_outcome_that_fits_is_taken(talk: Adapter) -> None:
    both = b'<form class="password"></form><script>alert("it is gone")</script>'
    assert talk.parse_post(POST, 200, both).status == "deleted"


@pytest.mark.parametrize(
    ("to", "expected"),
    [("/b/cats/7", None), ("/b/dogs/7", None), ("https://evil.example/b/cats/7", None), ("http://[", None)],
)
def test_a_move_is_followed_to_the_same_post_only(talk: Adapter, to: str, expected: str | None) -> None:
    assert talk.parse_post(POST, 200, f'<p class="moved">to: {to} </p>'.encode()).moved_to == expected


def test_a_post_or_list_that_moved_is_found_where_it_is(tmp_path: Path) -> None:
    kinds = DEFINITION.replace("/b/", "/(?P<kind>b|c)/").replace('"/(?P<kind>b|c)/', '"/{kind}/')
    kinds = kinds.replace("?id", "?kind").replace(
        "query = { id = '(?P<gallery>\\w{1,30})' }", "query = { id = '(?P<gallery>\\w+)', k = '(?P<kind>b|c)' }"
    )
    moving = adapter_of(tmp_path, kinds)
    page = '<p class="moved">to: /c/cats{}\n</p>'
    assert moving.parse_post(POST, 200, page.format(r"\/7").encode()).moved_to == f"{BASE}/c/cats/7"
    assert moving.parse_post(POST, 200, page.format("/8").encode()).moved_to is None
    assert moving.parse_list(CATS, 200, page.format("").encode()).moved_to == f"{BASE}/c/cats"


def test_a_script_in_the_title_is_not_part_of_it_and_the_zone_is_the_definitions(talk: Adapter) -> None:
    page = talk.parse_post(POST, 200, post_page())
    assert (page.status, page.title) == ("published", "고양이 사진")
    assert page.posted_at == datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


def test_headers_are_the_definitions_and_the_referer_only_where_it_is_wanted(talk: Adapter, tmp_path: Path) -> None:
    assert talk.headers(f"{BASE}/x", POST) == {"X-Requested-With": "crawler", "Referer": POST}
    assert talk.headers(f"{BASE}/x", None) == {"X-Requested-With": "crawler"}
    shy = adapter_of(tmp_path, DEFINITION.replace("[sites.talk.headers]", "[sites.talk.headers]\nreferer = false"))
    assert shy.headers(f"{BASE}/x", POST) == {"X-Requested-With": "crawler"}


def test_an_older_encoding_is_read(tmp_path: Path) -> None:
    old = adapter_of(
        tmp_path, DEFINITION.replace("[sites.talk.addresses]", 'encoding = "euc-kr"\n[sites.talk.addresses]')
    )
    page = '<meta charset="euc-kr"><article><h1>똠방각하 뷁</h1></article>'.encode("cp949")
    assert old.parse_post(POST, 200, page).title == "똠방각하 뷁"


def test_whoever_writes_a_definition_can_see_what_each_selector_finds(talk: Adapter) -> None:
    found = {name: number for name, _, number in talk.matched("list", list_page(row(), row("8")))}
    assert (found["list.rows"], found["list.date.css"], found["list.icons"]) == (2, 2, 0)
    assert {"post.present", "post.media (number 2).name.css"} <= {name for name, _, _ in talk.matched("post", b"")}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[sites.talk.list]", "[sites.talk.lists]", r"\[sites.talk\] list: is missing"),
        ('present = "article"', "", r"\[sites.talk\] post present: is missing"),
        ('title = "article h1"', 'titel = "h1"', r"post has no setting 'titel'; there are .*title"),
        ('rows = ".posts li"', 'rows = ".posts >"', r"list rows: '.posts >' is no good: "),
        ('rows = ".posts li"', 'rows = "li::text"', r"list rows: 'li::text' is no good: Pseudo-elements"),
        ('link = "a.post"', "link = 7", r"list link: is text, not 7"),
        (
            "/(?P<gallery>[^/]{1,30})/?'",
            "/(?P<gallery>[^/]{1,30}/?'",
            r"addresses list \(number 1\) path: .* is no good",
        ),
        ("pattern = '[0-9]+'", "pattern = '[0-9'", r"list number pattern: '\[0-9' is no good"),
        ('list_url = "/b/{gallery}"', 'list_url = "/b/{board}"', r"list_url: uses \{board\}, a group that form 1"),
        ('list_url = "/b/{gallery}"', 'list_url = "/b/{gallery"', r"list_url: .* is no good"),
        ('list_url = "/b/{gallery}"', 'list_url = "/b/{gallery:>99999999}"', r"list_url: .*nothing more between"),
        (
            'list_url = "/b/{gallery}"',
            'list_url = "//evil.example/{gallery}"',
            r"list_url: .*not below the site's base",
        ),
        ('page_url = "/b/{gallery}?start={page}"', 'page_url = "/b/{gallery}"', r"page_url: needs \{page\}"),
        ("(?P<post_no>[0-9]+)", "(?P<number>[0-9]+)", r"post_url: uses \{post_no\}"),
        ("page_step = 20", "page_step = 0", r"page_step: is 1 or more"),
        ("page_step = 20", "page_step = true", r"page_step: is a whole number, not True"),
        ('"%Y.%m.%d %H:%M"] }', '"%m.%d %H:%M"] }', r"list date formats: '%m.%d %H:%M' has no year"),
        ('zone = "UTC"', 'zone = "Asia/Atlantis"', r"post date zone: 'Asia/Atlantis' is no good"),
        ('kind = "by name"', 'kind = "picture"', r"post media \(number 2\) kind: is 'image', 'video' or 'by name'"),
        (r"to = '\1'", r"to = '\2'", r"media \(number 1\) rewrite \(number 2\) to: .* is no good"),
        ('status = "secret"', 'status = "hidden"', r"outcomes \(number 3\) status: is one of .*secret"),
        ("http = [403]", "", r"outcomes \(number 1\) http: an outcome needs"),
        ("http = [403]", 'http = "403"', r"outcomes \(number 1\) http: is a list of whole numbers"),
        ("moved_to = 'to: (\\S+)'", "moved_to = 'to: '", r"outcomes \(number 5\) moved_to: needs a group"),
        ('on = "post"', 'on = "page"', r"outcomes \(number 2\) on: is 'list', 'post' or 'both'"),
        ('"X-Requested-With" = "crawler"', '"cookie" = "a=b"', r"headers extra cookie: is no header that a definition"),
        ('"X-Requested-With" = "crawler"', '"User-Agent" = "Mozilla"', r"extra User-Agent: is no header"),
        ('"X-Requested-With" = "crawler"', '"Host" = "10.0.0.1"', r"extra Host: is no header"),
        ('= "crawler"', r'= "a\r\nCookie: b"', r"X-Requested-With: is no value of a header"),
        ("[sites.talk.addresses]", 'encoding = "rot13"\n[sites.talk.addresses]', r"encoding: 'rot13' is no good"),
        ("[sites.talk.addresses]", "colour = 1\n[sites.talk.addresses]", r"\[sites.talk\] has no setting 'colour'"),
        ("[sites.talk.headers]", "[[sites.talk.headers]]", r"\[sites.talk\] headers is no table"),
    ],
)
def test_a_mistake_in_a_definition_is_named_before_anything_is_fetched(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in DEFINITION
    with pytest.raises(Mistake, match=r"\[sites.talk\]") as told:
        adapter_of(tmp_path, DEFINITION.replace(old, new, 1))
    told.match(said)


def test_every_setting_that_must_stand_there_is_missed(tmp_path: Path) -> None:
    table: dict[str, Any] = tomllib.loads(DEFINITION)["sites"]["talk"]
    needed = {"addresses": ("list", "post", "list_url", "page_url", "post_url"), "list": ("present", "rows", "link"),
              "post": ("present", "media")}  # fmt: skip
    assert all(name in table[place] for place, names in needed.items() for name in names)
    for place, names in needed.items():
        for name in names:
            with pytest.raises(Mistake, match=f"{place} {name}: is missing"):
                Adapter(made_of(tmp_path, {**table, place: {k: v for k, v in table[place].items() if k != name}}))


def made_of(tmp_path: Path, table: dict[str, Any]) -> Any:
    (tmp_path / "sites.toml").write_text(DEFINITION)
    return replace(load_sites(tmp_path / "sites.toml")[0], options=table)


@pytest.mark.parametrize(
    "css",
    [
        "b",
        "li, b",
        "#a b",
        "ul > li",
        "div > ul > li.x b",
        "ul ul li",
        "li + li",
        "li.x + li b",
        "li ~ li",
        "li:first-child, li:last-child > b",
        "li:nth-child(2n+1) b",
        "li:not(.x)",
        "ul:has(> .x), li:has(b)",
        "b:contains('Two')",
        "a[href^='/']:not([class]), *",
        "LI B",
    ],
)
def test_selectors_find_what_css_means_in_the_order_of_the_page(css: str) -> None:
    page = tree(
        b"""<div id="a"><ul><li>1<b>one</b><li class="x">2<b>Two</b><a href="/x">t</a><ul><li>3<b>three</b><li>4</ul>
        <li><b>5</b><li>6<b>6</b></ul></div>
        <p><b>six</b><a class="y" href="/y">u</a></p><ul class="x"><li class="x"><i><b>7</b></i></ul>"""
    )
    found = Css(css).find(page)
    assert found and found == CSSSelector(css, translator="html")(page)


@pytest.mark.parametrize(
    ("page", "status"),
    [
        (b"<article><p " + b" ".join(b"a%d=1" % n for n in range(400_000)) + b">", "unreadable"),
        (b'<article><img alt=">" ' + b" ".join(b"a%d=1" % n for n in range(400_000)) + b">", "unreadable"),
        (b'<article><img src="data:image/png;base64,' + b"A/" * 2**20 + b'"></article>', "published"),
        (b"<article>" + b'<div class="body"><p class="quote">' * 100 + b"<img src=x>" * 60_000, "published"),
        (b'<article class="quote">' + b"<div>" * 100_000, "published"),
    ],
    ids=["attributes", "attributes after a quoted bracket", "a picture in an attribute", "nested bodies", "deep"],
)
def test_a_page_made_to_keep_a_parser_busy_does_not(talk: Adapter, page: bytes, status: str) -> None:
    """Each is read in seconds; done carelessly, most of them would take many minutes."""
    assert talk.parse_post(POST, 200, page).status == status


GOOD = [
    list_page(row(), row("8", more='<img class="icon" src="a"><b class="pinned">x</b>'), row("9")),
    post_page('<img src="/pics/a"><a class="full" href="/show?f=%2Fpics%2Fb"></a><p class="quote"><img src="c"></p>',
              '<a href="/get"><b>a.jpg</b></a><iframe src="/play/1"></iframe>'),
    b'<p class="moved">to: https://talk.example/b/cats/9</p><script>play({"url": "/v/1.mp4"})</script><video src="x">',
    "https://talk.example/b/고양이/7?q=a&size=3#x".encode(),
]  # fmt: skip
INSERTED = [
    *(b"<", b">", b'"', b"'", b"&", b"\x00", b"\xff\xfe", b"[", b"]", b"\\", b"%", b"%2F%2F", b"://", b"http://["),
    *(b"&#x110000;", b"<li>", b"</ul>", b"<script>", b"<!--", b"]]>", b"\xed\xa0\x80", b"9" * 30, b"<b>" * 300),
]


def mutated(rng: random.Random, data: bytes) -> bytes:
    """Bytes inserted, removed, doubled, exchanged."""
    for _ in range(rng.randint(1, 8)):
        start = rng.randrange(len(data) + 1)
        end = min(len(data), start + rng.randint(0, 60))
        data = (
            data[:start] + rng.choice([rng.choice(INSERTED), b"", data[start:end] * 2, rng.randbytes(4)]) + data[end:]
        )
    return data


def test_no_mutated_page_or_address_is_an_error(talk: Adapter) -> None:
    rng = random.Random(3)
    seen: set[str] = set()
    for number in range(2000):
        page = mutated(rng, GOOD[number % len(GOOD)])
        listed, read = talk.parse_list(CATS, 200, page), talk.parse_post(POST, 200, page)
        links = [*read.media, *([talk.parse_player(POST, page)] if talk.parse_player(POST, page).source else [])]
        assert all(str(getattr(link, "url", None) or link.source).startswith(("http://", "https://")) for link in links)  # type: ignore[attr-defined]
        assert all(link.url.startswith(f"{BASE}/b/cats/") for link in listed.posts)
        seen |= {listed.status, read.status}
        address = page.decode("utf-8", "replace")
        found = talk.post(address)
        assert found is None or found.url.startswith(f"{BASE}/b/")
        try:
            assert talk.page_url(talk.gallery(address), 2).startswith(f"{BASE}/b/")
        except Mistake:
            seen.add("no gallery")
    assert {"open", "published", "unreadable", "no gallery"} <= seen
