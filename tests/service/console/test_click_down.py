"""Every figure of every screen leads down to its rows, whose number or sum it is; to rule and version."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from tests.service.console.browser import HOME, HOST, Browser
from tests.service.console.test_crawl import screen_of
from tests.service.console.test_screenshots import addresses

from creditloop.service.bank import Bank
from creditloop.service.console.screens import SCREENS

VOID = {"input", "meta", "link", "img", "br", "hr", "rect", "line", "circle", "polyline"}
DIGIT = re.compile(r"\d")
LISTS = (
    "customers|decisions|reviews|warnings|cases|rolled|measurements|records/[a-z_.]+"
    "|strategies/[0-9a-f-]+/decisions|portfolio-loans|vintage-loans|rolled-loans"
    "|day-ends/[0-9-]+/postings"
)
LIST = re.compile(f"/console/({LISTS})$")
"""Screens that list rows and say what these add up to."""


@dataclass
class Element:
    """An element of a page with what stands in it."""

    tag: str
    given: dict[str, str]
    parent: "Element | None" = None
    children: list["Element"] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def classes(self) -> set[str]:
        return set(self.given.get("class", "").split())

    @property
    def text(self) -> str:
        return "".join([*self.pieces, *(one.text for one in self.children)])

    def inside(self) -> Iterator["Element"]:
        for one in self.children:
            yield one
            yield from one.inside()

    def above(self) -> Iterator["Element"]:
        if self.parent is not None:
            yield self.parent
            yield from self.parent.above()


class Tree(HTMLParser):
    """A page as a tree of elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = self.at = Element("html", {})
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs}, self.at)
        self.at.children.append(made)
        if tag not in VOID:
            self.at = made

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.at.tag == tag, f"<{self.at.tag}> is closed by </{tag}>"
            assert self.at.parent is not None
            self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        self.at.pieces.append(data)


def unled(text: str) -> list[str]:
    """Return the figures of a page that lead nowhere.

    A figure marked by the templates' macro must be a link itself. Any other number in a table's column of
    numbers must stand in a line that is one record and leads to it, or be a total of the lines above it.
    """
    found = []
    for one in Tree(text).root.inside():
        if "figure" in one.classes and not (one.tag == "a" and one.given.get("href")):
            found.append(f"figure {one.text.strip()}")
        if (
            "value" in one.classes
            and DIGIT.search(one.text)
            and not _leads(one)
            and "data-sum" not in one.given
        ):
            found.append(f"value {one.text.strip()}")
        is_number = one.tag == "td" and (
            "num" in one.classes or any(re.fullmatch(r"h\d", name) for name in one.classes)
        )
        if is_number and DIGIT.search(one.text) and not _leads(one):
            line = next(up for up in one.above() if up.tag == "tr")
            if not _leads(line) and not any(up.tag == "tfoot" for up in one.above()):
                found.append(f"number {one.text.strip()} of {line.text.strip()[:60]!r}")
    return found


def _leads(element: Element) -> bool:
    return any(one.tag == "a" and one.given.get("href") for one in element.inside())


def figures(browser: Browser, path: str) -> list[tuple[str, str]]:
    """Return the figures of a page as they are written, with the address each leads to."""
    seen = browser.get(path)
    assert seen.status == 200, f"{path}: {seen.status}"
    here = str(seen.response.url)
    return [
        (one.text.strip(), urljoin(here, one.given["href"]).removeprefix(HOST))
        for one in Tree(seen.response.text).root.inside()
        if "figure" in one.classes and one.tag == "a"
    ]


def totals(browser: Browser, path: str) -> set[str]:
    """Return what a list says it adds up to: its totals, and how many rows its pages have."""
    seen = browser.get(path)
    assert seen.status == 200, f"{path}: {seen.status}"
    found = [
        one for one in Tree(seen.response.text).root.inside() if {"data-sum", "data-total"} & set(one.given)
    ]
    return {one.text.strip() for one in found} | {
        f"{int(one.given['data-total']):,}" for one in found if "data-total" in one.given
    }


@pytest.fixture
def auditor(signed_in: Mapping[str, Browser]) -> Browser:
    return signed_in["auditor"]


@pytest.fixture(scope="module")
def paths(loop_once: tuple[Path, Bank]) -> dict[str, str]:
    return addresses(loop_once[1])


@pytest.mark.parametrize("name", [screen.name for screen in SCREENS])
def test_no_figure_of_any_screen_is_without_a_link(
    auditor: Browser, paths: dict[str, str], name: str
) -> None:
    seen = auditor.get(f"/console{paths[name]}")
    assert seen.status == 200
    assert unled(seen.response.text) == []


def test_the_finder_sees_what_it_is_there_to_see() -> None:
    assert unled('<tr><td class="num"><span class="figure">3</span></td></tr>') == [
        "number 3 of '3'",
        "figure 3",
    ]
    assert unled('<div class="value">12</div>') == ["value 12"]
    assert unled('<tr><td class="num">7</td><td><a href="/row">row</a></td></tr>') == []
    assert unled('<table><tfoot><tr><td class="num">7</td></tr></tfoot></table>') == []
    assert unled('<tr><td class="h3">0.5</td></tr>') == ["number 0.5 of '0.5'"]


@pytest.mark.parametrize(
    "name",
    [
        *("cockpit", "decisions", "cases", "reviews", "findings", "account", "share", "models"),
        *("strategies", "strategy", "experiment"),
        *("loan_portfolio", "loan_vintages", "loan_rolls", "loan_share", "day_ends", "day_end"),
    ],
)
def test_a_list_adds_up_to_the_figure_that_leads_to_it(
    auditor: Browser, paths: dict[str, str], name: str
) -> None:
    """Every figure that leads to a list stands among the totals of that list."""
    leading: dict[str, set[str]] = {}
    for written, path in figures(auditor, f"/console{paths[name]}"):
        if LIST.search(urlsplit(path).path):
            leading.setdefault(path, set()).add(written)
    for path, written in leading.items():
        assert written <= totals(auditor, path), f"{path} does not add up to what leads to it"
    assert leading


def test_the_trial_balance_leads_to_accounts_that_add_up_to_it(auditor: Browser) -> None:
    found = [(written, path) for written, path in figures(auditor, f"{HOME}book") if "/book/" in path]
    assert len(found) == 18
    for written, path in found:
        assert written in totals(auditor, path), f"{path} does not add up to {written}"


def test_a_share_is_made_of_what_stands_there(auditor: Browser) -> None:
    """Both sums of a share give it, whatever it is a share of."""
    opened = {path for _, path in figures(auditor, HOME) if "/shares/" in path}
    assert {path.partition("?")[0].rpartition("/")[2] for path in opened} == {
        "npl",
        "utilisation",
        "bucket",
        "roll",
        "level",
        "outcome",
    }
    for path in sorted(opened):
        tree = Tree(auditor.get(path).response.text).root
        sums = {
            one.given["data-sum"]: float(one.text.replace(",", ""))
            for one in tree.inside()
            if one.given.get("data-sum") in {"counted", "whole"}
        }
        value = next(one.text.strip() for one in tree.inside() if "value" in one.classes)
        if sums["whole"]:
            share = 100 * sums["counted"] / sums["whole"]
            assert abs(float(value.rstrip("%").replace(",", "")) - share) <= 0.0051, path


@pytest.mark.parametrize("name", ["modeller", "collector", "strategist", "postloan", "approver", "admin"])
def test_who_may_not_see_the_rows_is_told_so(signed_in: Mapping[str, Browser], name: str) -> None:
    """For a role that may not see customers a figure stands without a link, and none leads to a refusal.

    A role may see a screen or may not, so one figure of each screen is followed: `test_crawl` follows others.
    """
    one_of = {screen_of(path): path for _, path in figures(signed_in[name], HOME)}
    refused = {path: seen for path in one_of.values() if (seen := signed_in[name].get(path).status) != 200}
    assert refused == {}
