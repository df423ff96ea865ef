"""CSS selectors, found in time that grows with the page and not with its square."""

from typing import cast

from cssselect import ExpressionError, SelectorError, parse
from cssselect.xpath import XPathExpr
from lxml import etree
from lxml.cssselect import LxmlHTMLTranslator
from lxml.html import HtmlElement

__all__ = ["Css", "SelectorError"]


class _Translator(LxmlHTMLTranslator):  # type: ignore[misc]  # of a base that has no types
    """Asks of every element whether it fits, from the right of a selector to its left.

    The usual translation walks from left to right and collects what it meets, again and again where elements of one
    kind lie in each other; a page in bad faith keeps that busy for hours.
    """

    def xpath_descendant_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        return right.add_condition(f"ancestor::{left}")

    def xpath_child_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        return right.add_condition(f"parent::{left}")

    def xpath_direct_adjacent_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        return right.add_condition(f"preceding-sibling::*[1]/self::{left}")

    def xpath_indirect_adjacent_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        return right.add_condition(f"preceding-sibling::{left}")


class Css:
    """A selector, translated once. Comma-separated ones find their elements in the page's order."""

    def __init__(self, css: str) -> None:
        self.css = css
        selectors = parse(css)
        if any(selector.pseudo_element for selector in selectors):
            raise ExpressionError("Pseudo-elements are not supported.")
        translator = _Translator()
        fits = [f"self::{translator.selector_to_xpath(selector, prefix='')}" for selector in selectors]
        self._selector = etree.XPath(f"descendant-or-self::*[{' or '.join(fits)}]")

    def find(self, element: HtmlElement) -> list[HtmlElement]:
        """All that it matches: the element itself, and what is below. What lies above counts as context only."""
        return cast(list[HtmlElement], self._selector(element))

    def __repr__(self) -> str:
        return f"Css({self.css!r})"
