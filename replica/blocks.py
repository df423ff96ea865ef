"""How the pieces of a post's body look on its page."""

from replica.page_parts import BLANK, e, image_address, other_name
from replica.world import Block, ReplicaGallery

# Forms that show a picture of the post. {shown} is its address, {path} without host, {bare} without scheme.
PICTURES = {
    "image": '<p><img src="{shown}" style="cursor:pointer;" onclick="javascript:imgPop(this)"></p>',
    "lazy": '<p><img src="{blank}" class="lazy" data-original="{shown}"></p>',
    "datasrc": '<p><img src="{blank}" data-src="{shown}" alt="{no}"></p>',
    "datagif": '<p><img src="{blank}" data-original="{site}/nstatic/still.png" data-gif="{shown}"></p>',
    "gif_video": (
        '<p><video class="gif_video" autoplay loop muted data-src="{shown}">'
        '<source src="{shown}&amp;mp4=1" type="video/mp4" onerror="change_gif(this, \'{shown}\')"></video></p>'
    ),
    "sourceless": '<p><img class="lazy" data-src="{shown}"></p>',
    "protocol": '<p><img src="{bare}"></p>',
    "relative": '<p><img src="{path}"></p>',
    "spaced": '<p><img src="\n  {shown}  \n" data-original=""></p>',
    "srcset": '<p><img src="{shown}" srcset="{shown}&amp;w=2 2x, {shown}&amp;w=3 3x" sizes="100vw"></p>',
    "picture": (
        '<picture><source srcset="{shown}&amp;form=webp" type="image/webp"><img src="{shown}" loading="lazy"></picture>'
    ),
    "linked": '<p><a href="{site}/viewimagePop.php?no={no}" target="_blank"><img src="{shown}"></a></p>',
    "quoted": (
        '<blockquote><div class="quote"><table border="0"><tbody><tr><td><div><span><img src="{blank}" '
        'data-original="{shown}"></span></div></td></tr></tbody></table></div></blockquote>'
    ),
    "spoiler": (
        '<div class="spoiler" style="display:none"><details><summary>스포일러</summary>'
        '<p><img src="{shown}"></p></details></div>'
    ),
    "noscript": '<p><img src="{blank}" data-original="{shown}"><noscript><img src="{shown}"></noscript></p>',
    "shouted": "<P><IMG\n SRC='{shown}' BORDER=0 ALT=사진></P>",
}
OTHERS = {
    "text": "<p>{text}</p>",
    "dccon": '<p><img class="written_dccon" src="{site}/dccon.php?no=62b5df2be09d3ca5" alt="콘"></p>',
    "nstatic": '<p><img src="/nstatic/viewimage.php.png" alt="장식"></p>',
    "og": '<div class="og-div"><a href="{text}"><img class="og-img" src="/viewimage.php?id=og&amp;no=0"></a></div>',
    "ad": '<div class="ad_in_body"><a href="{text}"><img src="/nstatic/ad_box.png" alt="광고"></a></div>',
    "iframe": '<p><iframe src="{text}" width="560" height="315"></iframe></p>',
    "offsite": '<p><img src="{text}"></p>',
    "link": '<p><a href="{text}">링크</a></p>',
    "comment": '<!-- <p><img src="{site}/viewimage.php?id=old&no=0"></p> -->',
    "script": "<script>document.write('<img src=\"{site}/viewimage.php?id=script&no=0\">');</script>",
    "voice": '<p><iframe id="voicereple_1" class="voice" src="/voice/player?vr={no}" width="280"></iframe></p>',
    "poll": '<div class="poll_wrap"><iframe id="poll_{no}" src="/board/poll/view?no={no}" width="450"></iframe></div>',
}


def block_html(gallery: ReplicaGallery, block: Block, site: str, no: int) -> str:
    """A piece of a body as HTML."""
    if block.form == "video":
        return _video(block, site)
    shown = image_address(site, gallery.id, block.token) if block.token else ""
    words = block.text.replace("{other}", other_name(site)).replace("{site}", site)
    known = {
        "shown": shown,
        "path": shown.removeprefix(site),
        "bare": "//" + shown.partition("://")[2],
        "text": words,
        "site": site,
        "blank": BLANK,
        "no": no,
    }
    form = PICTURES.get(block.form) or OTHERS[block.form]
    return form.format_map({name: e(value) for name, value in known.items()})


def movie_number(token: str) -> int:
    """The number by which a player page is asked for."""
    return int(token[:7], 16)


def _video(block: Block, site: str) -> str:
    number = movie_number(block.token)
    base = {"absolute": site, "protocol": "//" + site.partition("://")[2], "relative": ""}[block.text]
    return (
        f'<p><iframe id="movieIcon{number}" src="{e(base)}/board/movie/movie_view?no={number}" '
        'width="640" height="360" allowfullscreen></iframe></p>'
    )
