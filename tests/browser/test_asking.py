"""Ask, read as it comes, look at what it rests on, ask on, say what you think of it."""

import re
from urllib.parse import quote

from playwright.sync_api import Browser, expect

from service.gate import Gate
from tests.browser.conftest import DESKTOP, Visit
from tests.browser.tallowmere import Company, by_key, served

DESK = "How do I claim a home-office desk?"
RECEIPT = "When must I upload the receipt?"
COUNTED = re.compile(r"\d+ questions? in 30 days")
QUOTE = "Upload the receipt within **30 days** of the purchase."


def test_question_box_has_the_focus(visit: Visit) -> None:
    page = visit.open()
    expect(page.get_by_role("textbox", name="Question")).to_be_focused()


def test_answer_comes_sentence_by_sentence_and_leads_to_its_quote(
    visit: Visit, company: Company
) -> None:
    page = visit.open()
    company.writer.go.clear()
    try:
        visit.ask(DESK)
        expect(page.locator(".answer p").first).to_contain_text("To claim a home-office desk:")
        expect(page.locator(".answer ol")).to_have_count(0)
        expect(page.get_by_role("button", name="Stop")).to_be_visible()
        expect(page.locator(".state")).to_contain_text("Reading")
    finally:
        company.writer.go.set()
    expect(page.locator(".answer ol > li")).to_have_count(3)
    expect(page.locator(".answer ol ul > li")).to_have_count(2)
    expect(page.locator(".sources > li")).to_have_count(1)
    expect(page.locator(".places > li")).to_have_count(2)

    page.locator(".answer .cite").first.click()
    expect(page.locator("#panel mark")).to_have_text("To claim a home-office desk:")
    expect(page.locator("#panel mark")).to_be_in_viewport()
    expect(page.locator(".row:has(mark) .number")).to_have_text("22")


def test_follow_up_feedback_and_new_question(visit: Visit) -> None:
    page = visit.open()
    visit.answered(RECEIPT)
    visit.answered("And what about later ones?")
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn").last).to_contain_text("Understood as:")

    page.get_by_role("button", name="Ask it on its own").click()
    expect(page.locator(".turn .sources")).to_have_count(3)
    expect(page.locator(".turn").last).not_to_contain_text("Understood as:")

    page.locator(".turn").last.get_by_role("button", name="Wrong").click()
    expect(page.locator(".turn").last).to_contain_text("Thank you. It was noted.")
    page.get_by_label("What should it say?").fill("Ask the office.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".turn").last).to_contain_text("Your words were added.")

    page.get_by_role("button", name="New question").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.get_by_role("textbox", name="Question")).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_each_source_stands_once_with_all_of_its_places(visit: Visit) -> None:
    page = visit.open()
    visit.answered(DESK)
    source = page.locator(".sources > li")
    expect(source.get_by_role("button", name="Expenses", exact=True)).to_have_count(1)
    places = source.locator(".place")
    expect(places.first).to_have_text("1 Claiming a desk · line 22")
    places.last.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel mark").first).to_contain_text("Ask your lead in writing.")
    page.keyboard.press("Escape")
    expect(places.last).to_be_focused()


def test_whole_way_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit.open()
    page.keyboard.type(RECEIPT)
    page.keyboard.press("Enter")
    expect(page.locator(".sources")).to_be_visible()
    page.keyboard.press("Shift+Tab")
    for _ in range(20):
        if page.evaluate("document.activeElement.classList.contains('cite')"):
            break
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#panel mark")).to_have_text(QUOTE)
    expect(page.locator("#panel-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator(".answer .cite").first).to_be_focused()


def test_first_stop_of_the_keyboard_skips_to_the_question(visit: Visit) -> None:
    page = visit.open()
    page.get_by_role("link", name="Answerable").focus()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("link", name="Skip to the question")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Question")).to_be_focused()


def test_refusal_says_what_was_searched_and_what_is_near(visit: Visit) -> None:
    page = visit.open()
    visit.answered("Who flies to the moon for expenses?")
    turn = page.locator(".turn")
    expect(turn).to_contain_text("The documents that you may read give no sure answer.")
    expect(turn).to_contain_text("Searched 6 documents from docs, handbook.")
    turn.locator(".nearest button").first.click()
    expect(page.locator("#panel .row").first).to_be_visible()


def test_greeting_is_told_what_can_be_asked(visit: Visit) -> None:
    page = visit.open()
    visit.answered("Hello!")
    expect(page.locator(".turn .answer")).to_contain_text("Ask here what you would look up")
    expect(page.locator(".turn")).not_to_contain_text("no sure answer")


def test_quote_of_a_superseded_document_leads_to_the_current_one(visit: Visit) -> None:
    page = visit.open()
    visit.answered("In 2019, when had the receipt to be uploaded on paper, within 14 days?")
    stale = page.locator(".sources .stale").first
    expect(stale).to_contain_text("Superseded since Mar 1, 2024")
    stale.get_by_role("button", name="Expenses").click()
    expect(page.locator("#panel-title")).to_have_text("Expenses")


def test_answer_that_is_stopped_says_so_and_can_be_asked_again(
    visit: Visit, company: Company
) -> None:
    page = visit.open()
    company.writer.go.clear()
    company.writer.stopped.clear()
    try:
        visit.ask(DESK)
        expect(page.locator(".answer p").first).to_be_visible()
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".turn")).to_contain_text("You stopped this answer.")
        assert company.writer.stopped.wait(10)
    finally:
        company.writer.go.set()
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".answer ol > li")).to_have_count(3)


def test_question_of_a_link_is_filled_in_and_not_asked(visit: Visit) -> None:
    asked: list[str] = []
    visit.page.on("request", lambda one: asked.append(one.method))
    page = visit.open(f"/?q={quote(RECEIPT)}")
    expect(page.get_by_role("textbox")).to_have_value(RECEIPT)
    expect(page.get_by_text("This question came with the link.")).to_be_visible()
    assert "?" not in page.url
    assert "POST" not in asked
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_contain_text("within 30 days")


def test_answer_is_copied_with_its_citations(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=DESKTOP)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    visit = Visit(context, address)
    page = visit.open()
    visit.answered(RECEIPT)
    page.get_by_role("button", name="Copy text").click()
    expect(page.locator("#toast")).to_have_text("Copied.")
    text = page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("navigator.clipboard.readText().then(t => t.includes('#q='))")
    context.close()
    assert "within 30 days of the purchase. [1]" in text
    assert "[1] Expenses, line 10" in text


def test_long_document_opens_at_its_quote_at_once(visit: Visit) -> None:
    page = visit.open()
    visit.answered("Where sat the albatross until noon?")
    page.locator(".answer .cite").first.click()
    expect(page.locator("#panel mark").first).to_contain_text("the albatross sat on the mast")
    expect(page.locator("#panel mark").first).to_be_in_viewport()
    assert page.locator("#panel .row").count() < 200
    rows = page.locator("#panel .row").count()
    page.get_by_role("button", name="earlier lines").click()
    assert page.locator("#panel .row").count() == rows + 400


def test_what_goes_wrong_is_said_in_words(visit: Visit) -> None:
    page = visit.open()
    page.route("**/v1/ask", lambda route: route.abort())
    visit.ask(RECEIPT)
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    page.unroute("**/v1/ask")
    page.route(
        "**/v1/ask",
        lambda route: route.fulfill(status=429, headers={"Retry-After": "7"}, json={}),
    )
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_role("alert")).to_contain_text("Try again in 7 seconds.")
    page.unroute("**/v1/ask")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".turn")).to_contain_text("within 30 days")


def test_status_says_what_is_there_and_what_was_asked(visit: Visit) -> None:
    visit.open()
    visit.answered(RECEIPT)
    page = visit.open("/status")
    expect(page.get_by_role("heading", name="Documents that you may read")).to_be_visible()
    page.locator("summary", has_text="handbook").click()
    expect(page.locator(".titles li", has_text="Expenses (2019)")).to_be_visible()
    expect(page.get_by_role("row", name="handbook docs_repo 4")).to_be_visible()
    expect(page.get_by_role("heading", name="Knowledge gaps")).to_be_visible()
    expect(page.locator("svg.chart")).to_have_attribute("aria-label", COUNTED)


def test_where_there_are_keys_alone_the_page_asks_for_one(
    browser: Browser, company: Company
) -> None:
    context = browser.new_context(viewport=DESKTOP)
    with served(company, Gate(by_key)) as url:
        visit = Visit(context, url)
        page = visit.open()
        page.get_by_label("API key").fill("another")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("This key is not known here.")
        page.get_by_label("API key").fill("the-key")
        page.keyboard.press("Enter")
        expect(page.get_by_label("API key")).to_have_count(0)
        visit.answered(RECEIPT)
        kept = page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
        context.close()
    assert "the-key" not in kept
