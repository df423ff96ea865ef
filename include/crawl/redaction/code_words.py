"""Words of pages that are code and nobody's name: what may stay when a page is redacted."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


ELEMENTS = _set(
    """
    a abbr address area article aside audio b base bdi bdo big blockquote body br button canvas caption center cite
    code col colgroup data datalist dd del details dfn dialog div dl dt em embed fieldset figcaption figure font
    footer form frame frameset g h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label
    legend li link main map mark marquee menu meta meter nav nobr noframes noscript object ol optgroup option output
    p param path picture pre progress q rect rp rt ruby s samp script search section select small source span strike
    strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul use
    var video wbr
    """
)
# Those with a value; beside them there are data-… and aria-….
ATTRIBUTES = _set(
    """
    accept action align allow allowfullscreen alt async autocomplete autofocus autoplay background bgcolor border
    cellpadding cellspacing charset checked cite class code color cols colspan content contenteditable controls
    coords crossorigin datetime decoding defer dir disabled download draggable enctype fetchpriority for form
    formaction frameborder headers height hidden high href hreflang hspace http-equiv id integrity is itemid
    itemprop itemref itemscope itemtype label lang language list loading loop low marginheight marginwidth max
    maxlength media method min multiple muted name nonce novalidate nowrap onabort onbeforeunload onblur oncanplay
    onchange onclick oncontextmenu oncopy oncut ondblclick ondrag ondrop onended onerror onfocus oninput onkeydown
    onkeypress onkeyup onload onmousedown onmouseenter onmouseleave onmousemove onmouseout onmouseover onmouseup
    onpaste onpause onplay onreset onresize onscroll onselect onsubmit ontouchend ontouchmove ontouchstart onunload
    open optimum pattern placeholder playsinline poster preload property readonly referrerpolicy rel required rev
    role rows rowspan sandbox scope scrolling selected shape size sizes slot span spellcheck src srcdoc srclang
    srcset start step style summary tabindex target title translate type usemap valign value vspace width wrap xmlns
    """
)
# Those that may stand alone. Any other lone word may be the second half of a name without quotes.
FLAGS = _set(
    """
    allowfullscreen async autofocus autoplay checked controls defer disabled hidden itemscope loop multiple muted
    nomodule noshade novalidate nowrap open playsinline readonly required reversed selected
    """
)
# Those that may be empty, as in alt="": a parser tells no empty value from none.
EMPTY = _set("action alt class content href id onclick placeholder rel src style target title value")
# Programs that a server runs: the name before the ending is code.
PROGRAMS = _set("action asp aspx cgi do jsp php")
# Words of scripts, paths, host names and forms. What is put together of them, as in listPage or view_list, is code too.
WORDS = _set(
    """
    abort about abs account action active ad add address admin adult adv after ajax alarm album alert align all
    allow animate anonymous answer any api app append application apply apps archive area args arguments array
    article articles assets assign async attach attachment attachments attr audio auth auto avif await background
    banner base bbs before begin best big bind blank blob block blur board boards body bool boolean border bottom
    box break browser btn bundle button cache call callback camera cancel canonical captcha case cat catch category
    cdn ceil center certify change char charset chat check checkbox checked child children circle class clear click
    client clone close closed co code color column com comment comments common complete concat confirm console const
    constructor contact container content contents context continue control cookie copy count create css current
    custom dark data date day dc dccon debug debugger decode default defer del delay delete deleted derror desc
    description desktop destroy detail device dialog dir disabled display div doc doctype document domain down
    download downloads drag draw drop ecmascript edit editor element else email embed empty encode encoding end
    entry enum equiv error errors escape eval event events every exception exec exists exit expires export extends
    external false favicon feed fetch field file files fill filter final finally find first fix flag float floor
    focus font fonts footer for form forms forum frame free from full func function gall galleries gallery galleryid
    gallview get getelementbyid gif global go goto group gtag guest handler has hash head header height hello help
    hidden hide high history hit home host hot hover href html http https icon icons id idx if iframe ignore image
    images img import in include index info init inline inner input insert install instanceof int interface interval
    ip is issue item items javascript join jpeg jpg jq jquery js json key keydown keypress keys keyup keyword kr
    label lang language last layer layout lazy ld left len length let level lib library like line link links list
    listen listener lists load loader loading local location log login logo logout long loop low lower mail main
    major manager manifest map mask match math max maxlength media member memo menu message meta method mgallery
    mime min mini minor mobile modal mode model modify module more mouse mousedown mouseup move moved movie mp mp4
    msg multi multipart my name nav navigate navigator need net new news next nick no nocache node nofollow none
    noopener noreferrer normal not note notice notify now null num number object off office og ok old on only open
    option options or order org ori origin original out outer over overlay own owner page pages paging panel param
    params parent parse password path pattern pause pc person phone photo photos php pic picture plain play player
    png point policy poll pop popup port position post poster posts preload prev prevent preview print privacy
    private process profile prompt property protected proto prototype public push pw pwcheck query queue quote
    random range rank rate read ready real recent recom recomimg recommend redirect ref referer referrer refresh reg
    register reload remove render replace reply report request require reset resize resource response rest result
    return right robots role root round row rows rss run save scale schema screen script scripts scroll search
    secret section secure select selected self send sender series server service session set share shop short
    shortcut show side sign simple single site sites size skin slice slide small social some sort source span
    special split src stack start startup state static stats status step stop storage store str string style styles
    stylesheet sub subject submit substr substring success super support svg switch sync system tab table tag tags
    target temp template test text textarea theme then this throw thumb thumbnail thumbs tick time timeout timer
    timestamp title toggle token top total touch track trim true try tv type typeof ua ui undefined unescape unique
    update upload uploads upper uri url urlencoded us use user users utf util utils val valid value var version
    video videos view viewer viewimage viewmovie viewport views visible void vote wait watch web webp website while
    widget width window with word words work wrap wrapper write writer www xhr xml yield zip zoom
    """
)
