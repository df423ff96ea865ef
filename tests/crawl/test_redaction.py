"""Redacted pages: nobody is in them any more, and their structure is."""

import base64
import html
import json
import re
import time
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from include.crawl.adapters.html import tree
from include.crawl.redaction.page import MAX_BYTES, MAX_TAGS, redact

NAMES = ["홍길동", "김철수네", "hong1984", "GilDong"]
PERSONS = [*NAMES, "hong@example.com", "211.36.140.7", "010-1234-5678", "02-555-0199"]


def written(person: str) -> set[str]:
    """A name in the ways in which pages write it."""
    references = "".join(f"&#{ord(it)};" for it in person)
    hexadecimal = "".join(f"&#x{ord(it):X};" for it in person)
    return {
        person,
        html.escape(person),
        references,
        references.replace(";", ""),
        hexadecimal,
        quote(person, safe=""),
        quote(quote(person, safe=""), safe=""),
        quote(person.encode("cp949"), safe=""),
        json.dumps(person)[1:-1],
        "".join(f"\\x{byte:02x}" for byte in person.encode()),
        base64.b64encode(person.encode()).decode(),
        person.upper(),
        person[::-1],
    }


PLACES = [
    "<title>{}</title>",
    "<p>{}</p>",
    "before {} after, not in any element",
    "<p title='{}'>",
    '<p title="{}">',
    "<p title={}>",
    "<p title = {} >",
    '<p {}="1">',
    "<p {}>",
    "<img alt=a {} src=b>",
    '<td data-nick="{}" data-uid="{}" data-ip="{}">',
    '<td class="writer-{}" data-nick="{}">',
    '<p class="a {}" id="{}" data-uid="{}">',
    '<meta name="author" content="{}">',
    '<meta name="{}" content="1">',
    '<input value="{}" placeholder="{}" name="{}">',
    '<option label="{}">{}</option>',
    "<textarea>{}</textarea>",
    "<!-- {} -->",
    "<!-- {}",
    "<!{}>",
    "<?{}?>",
    "<![CDATA[{}]]>",
    "<{}>",
    "</{}>",
    '<a href="/~{}">',
    '<a href="/@{}/view">',
    '<a href="{}">',
    '<a href="/board/{}/view">',
    '<a href="/user/{}.jpg">',
    '<a href="/board/view/?id=1&nick={}&x=2">',
    '<a href="?{}">',
    '<a href="/board#{}">',
    '<a href="//{}.example.com/">',
    '<a href="http://{}@example.com/">',
    '<a href="mailto:{}">',
    '<a href="tel:{}">',
    "<a href=\"javascript:view('{}')\">",
    "<a href='/x/{}",
    '<img src="data:text/plain;base64,{}">',
    '<img srcset="/{}.jpg 2x, /{}.png 1x">',
    "<p onclick=\"view('{}')\">",
    "<p onclick='view({})'>",
    '<p style="background: url(/{}.jpg)">',
    "<style>.{} {{ color: red }}</style>",
    "<script>var writer = '{}';</script>",
    '<script>var writer = "{}</script>',
    "<script>var writer = `{}`;</script>",
    "<script>// {}\n/* {} */</script>",
    "<script>/* {}",
    "<script><!-- {}\n--></script>",
    '<script type="application/json">{{"nick": "{}", "{}": 1}}</script>',
    '<script>/"/.test(a); var b = "{}"; var c = {};</script>',
    '<script>location.replace("/board/{}/?no={}");</script>',
    "<script>$.get('https://example.com/{}')</script>",
    "<noscript><p title='{}'></noscript>",
    '<p title="unclosed {}>',
    '<p title="a"{}>',
    "<p title='a' = '{}'>",
    "<br/{}>",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("person", PERSONS)
def test_nobody_is_left_in_any_place_or_writing(place: Any, person: Any) -> None:
    for writing in written(person):
        left = redact(place.replace("{}", writing).replace("{{", "{").replace("}}", "}").encode()).decode()
        assert person.lower() not in html.unescape(left).lower(), writing
        assert writing.lower() not in left.lower()


@pytest.mark.parametrize("person", NAMES[:2])
@pytest.mark.parametrize("encoding", ["cp949", "utf-16", "utf-8-sig"])
def test_nobody_is_left_in_another_encoding(person: Any, encoding: Any) -> None:
    data = f'<p title="{person}">{person}</p>'.encode(encoding)
    assert person.encode(encoding) not in redact(data)
    assert person not in redact(data).decode()


LIST = """<!DOCTYPE html><html><head><title>고양이 갤러리</title></head><body>
<table class="gall_list"><tbody>
<tr class="ub-content us-post" data-no="1234567" data-type="icon_pic"><td class="gall_num">1234567</td>
<td class="gall_tit"><a href="/mgallery/board/view/?id=cats&amp;no=1234567&page=1"><em class="icon_img icon_pic"></em>
 홍길동 사진</a><a class="reply_numbox" href="x"><span class="reply_num">[13]</span></a></td>
<td class="gall_writer" data-nick="홍길동" data-uid="hong1984" data-ip="211.36"><b>홍길동</b></td>
<td class="gall_date" title="2026-03-01 23:30:00">23:30</td></tr></tbody></table></body></html>"""
POST = """<div class="gallview_head"><span class="title_subject">홍길동</span><span class="gall_date" title="2026">
</span></div><div class="writing_view_box"><div class="write_div" id="view_99"><img src=/viewimage.php?no=24b0d769
 data-original="//dcimg5.example.com/viewimage.php?id=3&no=24b0d769"><iframe id="movieIcon123"
 src="/board/movie/movie_view?no=5"></iframe></div></div><div class="appending_file_box"><ul class="appending_file">
<li><a href="https://image.example.com/download.php?no=ff&f_no=홍길동.jpg">홍길동.jpg</a></li></ul></div>"""
SELECTORS = {
    "table.gall_list tbody tr.ub-content.us-post[data-no][data-type]": LIST,
    'tr[data-type="icon_pic"]': LIST,
    "td.gall_num": LIST,
    "td.gall_tit > a:first-child[href] em.icon_img.icon_pic": LIST,
    "a.reply_numbox span.reply_num": LIST,
    "td.gall_writer[data-nick][data-uid][data-ip]": LIST,
    "td.gall_date[title]": LIST,
    ".gallview_head .title_subject": POST,
    ".writing_view_box > .write_div": POST,
    'img[src*="viewimage.php"][data-original]': POST,
    ".writing_view_box iframe[id^=movieIcon]": POST,
    "div.appending_file_box ul.appending_file li a[href]": POST,
}


@pytest.mark.parametrize("selector", SELECTORS)
def test_what_an_adapter_looks_for_is_still_found(selector: Any) -> None:
    page = SELECTORS[selector]
    (whole, left) = (lxml_html.document_fromstring(text) for text in (page, redact(page.encode()).decode()))
    assert len(left.cssselect(selector)) == len(whole.cssselect(selector)) > 0


def part(html: bytes) -> str:
    """A part of a page, redacted, without what a parser puts around it to make a page of it."""
    return re.sub(r"</?(?:html|head|body)>", "", redact(html).decode())


def test_the_form_of_an_address_stays() -> None:
    left = part(b'<a href="/mgallery/board/view/?id=cats&amp;no=1234567&page=1">')
    assert left == '<a href="/mgallery/board/view/?id=xxxx&amp;no=0000000&amp;page=0"></a>'
    assert b"/viewimage.php?id=" in redact(b"<img src='//dcimg5.example.com/viewimage.php?id=3&no=24'>")


def test_what_a_parameter_says_goes_whatever_it_is() -> None:
    left = part(b'<a href="/board/view/?nick=view&id=best#user">')
    assert left == '<a href="/board/view/?nick=xxxx&amp;id=xxxx#xxxx"></a>'


def test_what_is_masked_stays_in_its_place() -> None:
    page = b"""<!-- -- -> --!> --><p onclick='view("a", "b")' title='"x"' href='javascript:go("c")' class="after">"""
    (element,) = lxml_html.document_fromstring(redact(page)).cssselect("p")
    assert dict(element.items()) == {
        "onclick": "view('x', 'x')",
        "title": ".x.",
        "href": "javascript:go('x')",
        "class": "after",
    }
    assert redact(page).count(b"<!--") == redact(page).count(b"-->") == 1


def test_the_form_of_a_text_stays() -> None:
    assert part("<p>홍길동 (hong, 211.36)</p>".encode()) == "<p>가가가 (xxxx, 000.00)</p>"


def test_a_script_shows_where_it_leads_and_what_it_calls() -> None:
    script = '<script type="text/javascript">alert("해당 글은"); location.replace("/derror/deleted/cats/7");</script>'
    left = part(script.encode())
    assert 'alert("가가 가가"); location.replace("/derror/deleted/xxxx/0");' in left
    assert re.fullmatch(r'<script type="text/javascript">.*</script>', left)


def test_attributes_without_a_value_stay() -> None:
    left = part(b"<td data-uid='' data-ip class='' title=''></td><input value='' disabled Hong>")
    assert left == '<td class="" data-ip="" data-uid="" title=""></td><input disabled="" value="" xxxx=""/>'


def test_structure_behind_what_is_broken_is_seen() -> None:
    left = redact(
        b'<p title=\'a><b class="x">a < b <- </i\'><b class="x"></td><table class=gall_list><!-- never closed'
    )
    assert b'<b class="x">' in left
    assert b'<table class="gall_list">' in left


@pytest.mark.parametrize(
    "broken",
    [
        b"<p title='a><b class=x>y<table class=y>",  # a quote without end takes the rest with it, for an adapter too
        b"<p title='a><b class=x>y</b><i title='z'>",
        b"<p><b>x</i <table class=x><td>y</b></div><li>z",
        b"<table><form><tr><td><form>x</table><p></form><select><p>x<option>y",
        b"a < b <- c <> </> <!> <? <![ <br/x> <p/class=x><!-- never closed",
        b"<script>if (a < b) { x('</p>') }</script><p><textarea><b>x",
        b"<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//x'><head><p>x<title>y</title><body class=x>",
    ],
)
def test_what_is_broken_is_kept_as_an_adapter_sees_it(broken: bytes) -> None:
    whole, left = ([(one.tag, one.get("class")) for one in tree(page).iter("*")] for page in (broken, redact(broken)))
    assert left == whole


PATIENCE = 5  # seconds of the processor: one on a slow machine, where what goes back and forth takes minutes
BROKEN = {
    "tags": b"<a ",
    "quotes": b'<a "',
    "values": b"<a b='",
    "comments": b"<!--",
    "code comments": b"<script>/*",
    "references": b"&#54861;",
    "equals signs": b"<a =",
    "spaces": b" ",
    "backslashes": b'<script>"\\',
    "zeros": b"\0",
    "steps": b"/a.gif",
    "words": b"getElementById ",
    "signs": b"\xf0\x9f\x92\xa9",
    "half letters": b"\xed\x99",
    "elements": b"<b>",
    "unknown elements": b"<x>",
    "empty elements": b"<br>",
    "ends": b"</b>",
    "rows": b"<table><tr><td>x",
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("start", [b"", b"<a ", b'<a href="/', b"<script>", b"<script>'", b"<!--", b"<p class="])
def test_time_and_size_are_bounded(what: str, start: bytes) -> None:
    left, seconds = _timed(start + BROKEN[what] * (3 * MAX_BYTES // len(BROKEN[what])))
    assert seconds < PATIENCE
    assert len(left) <= MAX_BYTES
    assert left.decode().encode() == left


def _timed(page: bytes) -> tuple[bytes, float]:
    """What is left of it, and the processor's seconds that it took."""
    before = time.process_time()
    return redact(page), time.process_time() - before


DEEP = {
    "texts between ends": b"<b>" * 9000 + b"x</b>" * 9000,
    "other elements' ends": b"<b>" * 40_000 + b"</i>" * 30_000,
    "alike elements": (b"<b>" + b"<a>" * 2000 + b"</a>" * 2000 + b"<u>") * 2 + b"</u>z</b>" * 2,
    "attributes": b"<a " + b" ".join(b"a%d=1" % number for number in range(30_000)) + b">",
    "letters in values": b"<a href='" + b"x" * MAX_BYTES,
}


@pytest.mark.parametrize("what", DEEP)
def test_elements_within_elements_are_no_trap(what: str) -> None:
    left, seconds = _timed(DEEP[what])
    assert seconds < PATIENCE
    assert len(left) <= MAX_BYTES
    assert left.decode().encode() == left


def test_of_a_page_of_nothing_but_tags_only_the_beginning_is_read() -> None:
    assert redact(b"<br>" * 3 * MAX_TAGS).count(b"<br/>") == MAX_TAGS


def test_what_lies_too_deep_is_masked_and_seen() -> None:
    left = redact(b"<b>" * 3000 + "<script>'홍길동'</script><p class=x title=홍길동>홍길동".encode()).decode()
    assert "홍" not in left
    assert '<p class="x" title="가가가">' in left


def test_of_a_page_without_end_only_the_beginning_is_read() -> None:
    left, seconds = _timed(b"<a b='c'>" * 5_000_000)
    assert seconds < PATIENCE
    assert len(left) <= MAX_BYTES


@pytest.mark.parametrize(
    "reference", ["&#0;", "&#9999999;", f"&#{'9' * 9000};", "&#xd800;", "&#x110000;", "&nbsp;&lt;"]
)
def test_references_to_what_is_no_character_do_no_harm(reference: str) -> None:
    left = part(f"<p title='{reference}'>{reference}</p>".encode())
    assert left.startswith("<p title=")
    assert left.count("<") == 2


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=500))
def test_no_bytes_make_it_fail(data: Any) -> None:
    assert len(redact(data)) <= MAX_BYTES


PIECES = [
    *("<", ">", "</", "<!--", "-->", '"', "'", "=", " ", "/", "&", "?", "//", "/*", "\\", "`", "&#x41;", "\n"),
    *("a", "script", "p", "title", "class", "href", "onclick", "javascript:", "홍", "http:"),
]


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_no_mixture_of_markup_lets_a_name_through(pieces: Any) -> None:
    for at in range(0, len(pieces) + 1, 7):
        page = "".join((*pieces[:at], "홍길동", *pieces[at:], "홍길동"))
        assert "홍" not in html.unescape(redact(page.encode()).decode())
