"""Small pieces of HTML that list and post pages share."""

from html import escape
from urllib.parse import quote

from replica.world import Attachment

BLANK = "/nstatic/gallview_loading_ori.gif"


def e(text: object) -> str:
    """Text made safe for HTML and for double-quoted attributes."""
    return escape(str(text), quote=True)


def document(title: str, body: str, above: str = "", below: str = "") -> str:
    """A whole page around a body, between what else stands on it."""
    return (
        '<!DOCTYPE html>\n<html lang="ko">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{e(title)} - 갤러리 복제본</title>\n"
        '<link rel="stylesheet" href="/nstatic/common.css">\n'
        '<script>var _GALLERY = {"ads": true}; document.write("<i></i>");</script>\n</head>\n<body>\n'
        '<header class="dcheader"><h1><a href="/"><img class="og-img" src="/nstatic/logo.png" alt="갤러리"></a></h1>'
        '<nav class="gnb_bar"><ul><li><a href="/board/lists/">갤러리</a></li><li><a href="/m">마이너</a></li>'
        "</ul></nav></header>\n"
        f'{above}<main id="container">\n{body}\n</main>\n{below}'
        '<div class="ad_bottom"><img src="/nstatic/ad_wide.png" alt="광고"></div>\n'
        '<footer class="dcfoot">복제본입니다. 실제 사이트와 관계가 없습니다.</footer>\n</body>\n</html>\n'
    )


def script(code: str) -> str:
    """A page that is only a script: how the site sends a browser elsewhere with HTTP 200."""
    return f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><script type="text/javascript">{code}</script></head></html>\n'


def image_address(site: str, gallery: str, token: str) -> str:
    """Where a picture of a body is shown from."""
    return f"{site}/viewimage.php?id={quote(gallery)}&no={token}"


def download_address(site: str, one: Attachment) -> str:
    """Where an attachment is downloaded from; its `f_no` in one of the forms that were seen over the years."""
    forms = {
        "hex": one.token[::-1][:40],
        "percent": quote(one.name),
        "plus": quote(one.name).replace("%20", "+"),
        "name": one.name.replace(" ", "+"),
        "raw": one.name,
    }
    return f"{site}/download.php?no={one.token}&f_no={forms[one.f_no]}"


def other_name(site: str) -> str:
    """The same server under a name that is not the site's: whoever asks there has followed a link off the site."""
    scheme, _, host = site.partition("://")
    name, _, port = host.partition(":")
    stranger = "localhost" if name != "localhost" else "127.0.0.1"
    return f"{scheme}://{stranger}:{port}" if port else f"{scheme}://{stranger}"
