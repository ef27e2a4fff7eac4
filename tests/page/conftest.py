"""What the tests of the page share: one browser for each file of them, and a page that must stay quiet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.fakes.browser import CHROMIUM
from tests.fakes.chromium import chromium
from tests.fakes.web_page import Open, opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("There is no Chromium here: apt-get install chromium.")
    with chromium() as browser:
        yield browser


@pytest.fixture
def site(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    with opened(browser, tmp_path) as site:
        yield site
        site.require_quiet()
