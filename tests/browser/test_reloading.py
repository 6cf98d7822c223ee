"""A page that is loaded again goes on where it was, for the same person in the same tab alone."""

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from service.gate import Gate
from tests.browser.conftest import DESKTOP, Visit
from tests.browser.tallowmere import Company, by_key, served

RECEIPT = "When must I upload the receipt?"
LATER = "And what about later ones?"
NAME = "answerable.conversation"
AS_READ = "e => e.innerText"


def kept(page: Page) -> dict[str, Any] | None:
    found = page.evaluate("name => sessionStorage.getItem(name)", NAME)
    return json.loads(found) if found else None


def put(page: Page, text: str) -> None:
    page.evaluate("([name, text]) => sessionStorage.setItem(name, text)", [NAME, text])


def test_reload_shows_what_was_there_and_the_conversation_goes_on(visit: Visit) -> None:
    page = visit.open()
    visit.answered("Who flies to the moon for expenses?")
    visit.answered(RECEIPT)
    before = page.locator("#turns").evaluate(AS_READ)

    visit.open()
    expect(page.locator(".turn")).to_have_count(2)
    assert page.locator("#turns").evaluate(AS_READ) == before
    expect(page.get_by_role("textbox", name="Follow-up question")).to_be_focused()
    page.locator(".turn").last.locator(".cite").first.click()
    expect(page.locator("#panel mark")).to_contain_text("Upload the receipt within")
    page.locator(".turn").last.get_by_role("button", name="Useful").click()
    expect(page.locator(".turn").last).to_contain_text("Thank you. It was noted.")

    visit.answered(LATER)
    expect(page.locator(".turn").last).to_contain_text("Understood as:")
    visit.open("/status")
    page.go_back()
    expect(page.locator(".turn")).to_have_count(3)


def test_new_question_leaves_nothing_to_come_back_to(visit: Visit) -> None:
    page = visit.open()
    visit.answered(RECEIPT)
    assert kept(page)
    page.get_by_role("button", name="New question").click()
    assert kept(page) is None
    visit.open()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".turn")).to_have_count(0)


def test_other_tab_begins_with_nothing(visit: Visit) -> None:
    visit.open()
    visit.answered(RECEIPT)
    other = visit.page.context.new_page()
    other.goto(visit.address)
    expect(other.locator("#account > *")).to_have_count(1)
    expect(other.locator(".turn")).to_have_count(0)


def test_conversation_that_the_service_forgot_is_said_and_asked_anew(visit: Visit) -> None:
    page = visit.open()
    visit.answered(RECEIPT)
    put(page, json.dumps({**(kept(page) or {}), "conversation": "of-before-the-restart"}))
    visit.open()
    expect(page.locator(".turn")).to_have_count(1)

    visit.answered("What is the limit for a chair?")
    expect(page.locator(".turn").last).to_contain_text("was asked on its own")
    expect(page.locator(".turn").last).to_contain_text("250 €")
    assert (kept(page) or {})["conversation"] not in ("new", "of-before-the-restart")


def broken(change: str) -> Any:
    return pytest.param(change, id=change[:24])


@pytest.mark.parametrize(
    "change",
    [
        broken("'{'"),
        broken("'null'"),
        broken("'[]'"),
        broken("'{\"turns\": []}'"),
        broken('(k.owner = \'["oidc","bo@tallow.example"]\', k)'),
        broken("(k.turns = null, k)"),
        broken("(k.turns[0] = 7, k)"),
        broken("(k.turns[0].question = {}, k)"),
        broken("(k.turns[0].answer.sentences[0].citations = '1', k)"),
        broken("(k.turns[0].answer.citations[0].headings = [null], k)"),
        broken("(k.turns[0].answer.citations[0].updated_at = 'soon', k)"),
        broken("(delete k.turns[0].answer.notes, k)"),
    ],
)
def test_what_was_kept_and_is_not_understood_is_removed(visit: Visit, change: str) -> None:
    page = visit.open()
    visit.answered(RECEIPT)
    page.evaluate(
        f"""name => {{
            const k = JSON.parse(sessionStorage.getItem(name));
            const changed = {change};
            const text = typeof changed === "string" ? changed : JSON.stringify(changed);
            sessionStorage.setItem(name, text);
        }}""",
        NAME,
    )
    visit.open()
    assert kept(page) is None
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.get_by_role("textbox", name="Question", exact=True)).to_be_focused()


def test_text_that_was_kept_is_text(visit: Visit) -> None:
    page = visit.open()
    visit.answered(RECEIPT)
    trap = "<img src=x onerror=window.pwned=1>\u202e"
    found = kept(page)
    assert found
    turn = found["turns"][0]
    turn["question"] = turn["standalone"] = turn["answer"]["sentences"][0]["text"] = trap
    turn["answer"]["citations"][0] |= {"title": trap, "url": "javascript:1", "source_url": None}
    put(page, json.dumps(found))

    visit.open()
    expect(page.locator(".turn")).to_contain_text("<img src=x onerror=window.pwned=1>\ufffd")
    assert page.locator(".turn").locator("img, script, a").count() == 0
    assert page.evaluate("window.pwned") is None


def test_what_is_kept_is_bounded_and_the_oldest_goes_first(visit: Visit) -> None:
    page = visit.open()
    visit.answered(RECEIPT)
    most = page.evaluate(
        """async name => {
            const { keep } = await import("/web/keeping.js");
            const { turns: [one] } = JSON.parse(sessionStorage.getItem(name));
            for (let i = 0; i < 100; i++) keep("c", { ...one, question: `short ${i}` });
            const many = JSON.parse(sessionStorage.getItem(name)).turns.length;
            for (let i = 0; i < 40; i++) keep("c", { ...one, question: `${i} ${"w".repeat(9e4)}` });
            return [many, sessionStorage.getItem(name).length];
        }""",
        NAME,
    )
    assert most[0] == 30
    assert 400_000 < most[1] <= 500_000
    turns = (kept(page) or {})["turns"]
    assert [one["question"].split()[0] for one in turns] == ["35", "36", "37", "38", "39"]


def test_with_a_key_nothing_is_kept(browser: Browser, company: Company) -> None:
    context = browser.new_context(viewport=DESKTOP)
    with served(company, Gate(by_key)) as url:
        visit = Visit(context, url)
        page = visit.open()
        page.get_by_label("API key").fill("the-key")
        page.keyboard.press("Enter")
        visit.answered(RECEIPT)
        assert page.evaluate("sessionStorage.length") == 0
        visit.open()
        expect(page.get_by_label("API key")).to_be_focused()
        expect(page.locator(".turn")).to_have_count(0)
        context.close()
