"""What real pages are full of and a crawler has to look past: menus, side boxes, scripts that hold markup.

Made once and the same for every page, so that pages of a real size cost nothing to serve. Nothing here may ever be
taken for a post, or be followed: the addresses lead to galleries that do not exist.
"""

from functools import lru_cache
from random import Random

from replica import korean_words

MENU_LINKS, MENU_SCRIPT = 330, 22_000
LIST_LINKS, LIST_SCRIPT = 150, 26_000
ELSEWHERE = "replica_elsewhere"
# Rows and pictures as text: whoever searches pages with patterns instead of parsing them finds these.
TEMPLATES = """
<!-- <tr class="ub-content us-post" data-no="999999901" data-type="icon_pic"><td class="gall_num">999999901</td>
<td class="gall_tit"><a href="/board/view/?id=replica_elsewhere&no=999999901">옛날 글</a></td></tr> -->
<script id="reply-tmpl" type="text/x-jquery-tmpl">
<tr class="ub-content us-post" data-no="${no}" data-type="icon_pic"><td class="gall_num">${no}</td>
<td class="gall_tit"><a href="/board/view/?id=${id}&no=${no}">${subject}</a></td></tr>
<div class="writing_view_box"><div class="write_div"><img src="/viewimage.php?id=${id}&no=${img}"></div></div>
</script>
<noscript><img src="/nstatic/count.gif" alt=""></noscript>
"""


@lru_cache(maxsize=1)
def top() -> str:
    """What stands above the main part of every long page."""
    rng = Random("top")
    menu = "".join(
        f'<li class="depth{number % 3}"><a href="/mgallery/board/lists/?id={ELSEWHERE}_{number}" class="gnb">'
        f"{korean_words.gallery_name(rng)}</a></li>"
        for number in range(MENU_LINKS)
    )
    hidden = f'<div class="gnb_all" style="display:none"><ul>{menu}</ul></div>'
    return f"{hidden}\n{TEMPLATES}\n{_script(rng, MENU_SCRIPT)}\n"


@lru_cache(maxsize=1)
def side() -> str:
    """What stands beside and below the posts of a list page."""
    rng = Random("side")
    rows = "".join(_recommended(rng, number) for number in range(12))
    links = "".join(_best(rng, number) for number in range(LIST_LINKS))
    return (
        '<aside><div class="recommend_box"><h3>개념글</h3>'
        f'<table class="recom_list"><tbody>{rows}</tbody></table></div>\n'
        f'<div class="concept_wrap"><ul class="rt_best">{links}</ul></div></aside>\n{_script(rng, LIST_SCRIPT)}\n'
    )


def _best(rng: Random, number: int) -> str:
    """A line of what is read most elsewhere."""
    address = f"/board/view/?id={ELSEWHERE}&amp;no={rng.randint(1, 10**6)}"
    return (
        f'<li><span class="rank">{number + 1}</span><a href="{address}" class="link">'
        f'<img src="/nstatic/thumb_{number}.png" alt=""><strong>{_title(rng)}</strong>'
        f'<span class="writer">{korean_words.nick(rng)}</span></a></li>'
    )


def _recommended(rng: Random, number: int) -> str:
    """A row that looks like a post's, in a table that is not the list."""
    no = 888_000_000 + number
    return (
        f'<tr class="ub-content us-post" data-no="{no}" data-type="icon_recomimg"><td class="gall_num">{no}</td>'
        f'<td class="gall_tit ub-word"><a href="/board/view/?id={ELSEWHERE}&amp;no={no}">'
        f'<em class="icon_img icon_recomimg"></em>{_title(rng)}</a></td>'
        '<td class="gall_date" title="2026-03-14 09:30:00">03.14</td></tr>'
    )


def _title(rng: Random) -> str:
    return korean_words.title(rng)[:20].replace("<", "")


def _script(rng: Random, size: int) -> str:
    """A script of about so many bytes, as pages hold them: settings, templates, numbers."""
    lines: list[str] = []
    length = 0
    while length < size:
        number = len(lines)
        lines.append(
            f'  _d.push({{"k{number}": {rng.randint(0, 10**9)}, "html": "<div class=\\"ad_{number}\\"><\\/div>", "go": '
            f'function () {{ if (a < {number} && b > 1) {{ window.open("/ad?no={rng.randint(1, 10**6)}"); }} }}}});'
        )
        length += len(lines[-1])
    body = "\n".join(lines)
    return f'<script type="text/javascript">\n(function () {{ var _d = [];\n{body}\n}})();\n</script>'
