"""Elements of SVG as markup. All that is inserted is escaped; styles are classes, never attributes. Pure."""

from collections.abc import Iterable

from markupsafe import Markup, escape

from services.gateway.page.safe_output import display_text


def element(name: str, *content: Markup | str, css: str = "", **attributes: object) -> Markup:
    """Return an element; an underscore in an attribute's name stands for a hyphen.

    >>> element("text", "a < b", css="axis", text_anchor="end", x=3)
    Markup('<text class="axis" text-anchor="end" x="3">a &lt; b</text>')
    """
    given = ({"class": css} if css else {}) | attributes
    written = "".join(f' {key.replace("_", "-")}="{escape(value)}"' for key, value in given.items())
    inside = Markup().join(each if isinstance(each, Markup) else escape(display_text(each)) for each in content)
    return Markup(f"<{name}{written}>{inside}</{name}>") if inside else Markup(f"<{name}{written}/>")  # noqa: S704 - escaped above


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> Markup:
    """Return a straight line."""
    return element("path", css=css, d=f"M{x1:g} {y1:g}L{x2:g} {y2:g}")


def text(x: float, y: float, content: str, css: str = "axis", anchor: str = "middle") -> Markup:
    """Return a text; `anchor` is start, middle or end."""
    return element("text", content, css=css, x=f"{x:g}", y=f"{y:g}", text_anchor=anchor)


def drawing(width: int, height: int, title: str, description: str, parts: Iterable[Markup], css: str) -> Markup:
    """Return a whole picture with its title and description."""
    return element(
        "svg",
        element("title", title),
        element("desc", description),
        *parts,
        css=css,
        role="img",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
    )
