"""On a phone and a desktop, light and dark: nothing is cut off, and everybody can use it."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Visit


def look(size: dict[str, int], scheme: str) -> Any:
    options = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}
    return pytest.param(options, id=f"{size['width']} {scheme}")


GRAVE = {"serious", "critical"}


def problems(page: Page) -> list[Any]:
    found = Axe().run(page).response["violations"]
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"]])
        for one in found
        if one["impact"] in GRAVE
    ]


def is_within(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


# axe-core takes its time: each size and each scheme once.
@pytest.mark.parametrize("visit", [look(DESKTOP, "light"), look(PHONE, "dark")], indirect=True)
def test_every_state_of_the_page_can_be_used_by_everybody(visit: Visit) -> None:
    page = visit.open()
    assert problems(page) == []
    visit.answered("How do I roll back a deployment of Berthline?")
    visit.answered("Who flies to the moon?")
    visit.answered("What is the limit for a chair?")
    assert is_within(page)
    page.locator(".turn").last.get_by_role("button", name="Outdated").click()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    assert problems(page) == []
    page.locator(".turn").last.locator(".cite").first.click()
    expect(page.locator("#panel mark").first).to_be_in_viewport()
    assert is_within(page)
    assert problems(page) == []
    visit.open("/status")
    expect(page.get_by_role("heading", name="Knowledge gaps")).to_be_visible()
    page.locator("summary", has_text="handbook").click()
    assert is_within(page)
    assert problems(page) == []


@pytest.mark.parametrize("visit", [look(DESKTOP, "dark"), look(PHONE, "light")], indirect=True)
def test_colours_and_widths_also_fit_the_other_way_round(visit: Visit) -> None:
    page = visit.open()
    visit.answered("What is the limit for a chair?")
    page.locator(".cite").first.click()
    expect(page.locator("#panel mark").first).to_be_in_viewport()
    assert is_within(page)
    assert problems(page) == []


@pytest.mark.parametrize("visit", [look(PHONE, "light")], indirect=True)
def test_document_covers_the_phone_and_what_is_behind_cannot_be_reached(visit: Visit) -> None:
    page = visit.open()
    visit.answered("When must I upload the receipt?")
    page.locator(".cite").first.click()
    expect(page.locator("#panel mark")).to_be_visible()
    box = page.locator("#panel").bounding_box()
    assert box
    assert (box["x"], box["y"], box["width"]) == (0, 0, 400)
    assert page.evaluate("document.querySelector('main').inert")
    page.get_by_role("button", name="Close the document").click()
    assert not page.evaluate("document.querySelector('main').inert")


def test_answer_and_document_stand_side_by_side_on_a_desktop(visit: Visit) -> None:
    page = visit.open()
    visit.answered("When must I upload the receipt?")
    page.locator(".cite").first.click()
    expect(page.locator("#panel mark")).to_be_visible()
    answer, document = (page.locator(one).bounding_box() for one in (".turn", "#panel"))
    assert answer
    assert document
    assert answer["x"] + answer["width"] <= document["x"]
