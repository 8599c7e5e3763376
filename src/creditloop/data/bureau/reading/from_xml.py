"""A report as XML, taken apart into the same dictionaries, lists and texts as JSON, by the standard library.

Made safe before the parser (expat) sees it: UTF-8 only, no document type and so no entities, no comments,
CDATA or processing instructions, which no report needs; what is not loaded is not descended into, and what
is read is no deeper than the published structure.
"""

import re
from typing import Any
from xml.etree import ElementTree

from creditloop.data.bureau.reading.fault import Fault, shown
from creditloop.data.bureau.reading.from_json import check_size

DEPTH_MAX = 8
"""Deepest element: Document, PDA, PD01, PD01E, PD01EH, PD01ER03 is the sixth."""
ROOT = "Document"

_DECLARATION = re.compile(rb"\s*<\?xml\s[^<>?]*\?>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([^\"']*)[\"']")
_BLANK = " \t\r\n"


def element_from_xml(data: bytes, *, lists: frozenset[str], skipped: frozenset[str]) -> dict[str, Any]:
    """Read the element Document of a report.

    Args:
        lists: keys at which lists stand, however many elements there are.
        skipped: keys of what is not loaded, which is not descended into.
    Raises: Fault if the bytes are too many, are not well-formed XML in UTF-8, hold markup no report has, an
        attribute, text between elements, or an element twice that stands once.
    """
    check_size(data)
    body = _safe_body(data)
    try:
        root = ElementTree.XML(data, parser=ElementTree.XMLParser(encoding="utf-8"))
    except (ElementTree.ParseError, ValueError) as error:
        raise Fault("the report is not XML", got=str(error), expected="well-formed XML in UTF-8") from error
    if root.tag != ROOT:
        what = "the outermost element is not the report's"
        raise Fault(what, got=shown(root.tag), expected=ROOT)
    return _Tree(lists=lists, skipped=skipped, attributes_possible=b"=" in body).element(root, 1)


def _safe_body(data: bytes) -> bytes:
    """Return what follows the XML declaration, or refuse what could be anything but elements and text."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault("the report is not in UTF-8", got=f"byte {error.start}", expected="UTF-8") from error
    declaration = _DECLARATION.match(data)
    if declaration and (named := _ENCODING.search(declaration.group())) and named[1].lower() != b"utf-8":
        got = named[1].decode("utf-8")
        raise Fault("the report declares another encoding", got=shown(got), expected="UTF-8")
    body = data[declaration.end() :] if declaration else data
    for mark, name in ((b"<!", "a document type, comment or CDATA"), (b"<?", "a processing instruction")):
        if mark in body:
            raise Fault("holds markup no report has", got=name, expected="elements and text only")
    return body


class _Tree:
    """Turns elements into dictionaries; knows which keys are lists."""

    def __init__(self, *, lists: frozenset[str], skipped: frozenset[str], attributes_possible: bool) -> None:
        self.lists = lists
        self.skipped = skipped
        self.attributes_possible = attributes_possible

    def element(self, element: ElementTree.Element, depth: int) -> dict[str, Any]:
        """Take an element's children apart, each by its tag."""
        if depth > DEPTH_MAX:
            raise Fault("is too deep", got=f"depth {depth}", expected=f"at most {DEPTH_MAX}")
        if element.text is not None:
            _refuse_text(element.text)
        node: dict[str, Any] = {}
        lists, tag = self.lists, ""
        try:
            for child in element:
                tag = child.tag
                if child.tail is not None:
                    _refuse_text(child.tail)
                if self.attributes_possible:
                    _refuse_attributes(child)
                value: Any = child.text
                if len(child):
                    value = None if tag in self.skipped else self.element(child, depth + 1)
                elif value is not None and value.isspace():  # the layout of an element without content
                    value = value.strip(_BLANK) or None
                if tag in lists:
                    node.setdefault(tag, []).append(value)
                elif tag in node:
                    raise Fault("stands twice", got="the element twice", expected="each element once")
                else:
                    node[tag] = value
        except Fault as fault:
            raise fault.at(tag, *([len(node.get(tag, ()))] if tag in lists else [])) from None
        return node


def _refuse_attributes(element: ElementTree.Element) -> None:
    if element.keys():
        names = " ".join(element.keys())
        raise Fault("has an attribute", got=shown(names), expected="no attributes")


def _refuse_text(text: str) -> None:
    if text.strip(_BLANK):
        raise Fault("text stands between elements", got=shown(text), expected="elements only")
