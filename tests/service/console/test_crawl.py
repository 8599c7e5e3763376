"""Every link of every page leads to a page: 200, or 403 where the role may not."""

import re
from collections import Counter, deque
from collections.abc import Mapping

import pytest
from tests.service.console.browser import HOME, Browser

from creditloop.service.console.screens import SCREENS

A_SCREEN_MOST, AUDITORS_MOST = 2, 25
"""Pages of one screen that a crawler opens: filters and months would multiply without end."""
AT_A_NODE = {"network_log", "network_round", "network_proof"}
"""Screens that are reached once the bank has a node; `test_network` follows their links."""


def screen_of(path: str) -> str:
    """Name the screen of an address: the longest that fits; what is no screen counts as the first page."""
    below = path.partition("?")[0].removeprefix("/console")
    fits = [screen for screen in SCREENS if re.fullmatch(_pattern(screen.path), below)]
    return max(fits, key=lambda screen: len(screen.path)).name if fits else SCREENS[0].name


def _pattern(path: str) -> str:
    """Return what addresses of a screen look like; a part of the kind `path` may hold slashes."""
    return re.sub(r"\{\w+(:path)?\}", lambda part: ".+" if part[1] else "[^/]+", path)


def crawl(browser: Browser, *, most: int) -> dict[str, int]:
    """Follow links from the first page; return the status of each address."""
    found: dict[str, int] = {}
    opened: Counter[str] = Counter()
    pending = deque([HOME])
    while pending:
        path = pending.popleft()
        name = screen_of(path)
        if path in found or opened[name] >= most:
            continue
        opened[name] += 1
        seen = browser.get(path)
        found[path] = seen.status
        for link in seen.links:
            assert link.startswith("/console/"), f"{path} leads to {link}"
        pending += seen.links
    return found


@pytest.mark.parametrize("role", ["strategist", "modeller", "approver", "postloan", "collector", "admin"])
def test_links_lead_somewhere_for_each_role(signed_in: Mapping[str, Browser], role: str) -> None:
    found = crawl(signed_in[role], most=A_SCREEN_MOST)
    assert {path: status for path, status in found.items() if status not in {200, 403}} == {}
    assert len(found) > 3


@pytest.mark.outside
def test_every_link_leads_somewhere(signed_in: Mapping[str, Browser]) -> None:
    found = crawl(signed_in["auditor"], most=AUDITORS_MOST)
    assert {path: status for path, status in found.items() if status != 200} == {}
    reached = {screen_of(path) for path in found}
    assert reached | AT_A_NODE == {screen.name for screen in SCREENS}


def test_a_mark_on_a_page_is_there(signed_in: Mapping[str, Browser]) -> None:
    for path in (HOME, "/console/customers/small_cards/4", "/console/decisions"):
        seen = signed_in["auditor"].get(path)
        marks = [link[1:] for link in seen.reader.links if re.fullmatch(r"#.+", link)]
        assert set(marks) <= seen.reader.ids
