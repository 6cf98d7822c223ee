"""Whatever documents hold does nothing; nothing is asked of anybody else; the page is light."""

from playwright.sync_api import expect

from tests.browser.conftest import Visit

MOST_BYTES = 100_000
FERRETS = ["What is ferret feeding?", "What are ferret cages?", "What are ferret names?"]


def test_text_of_a_document_is_text_and_nothing_else(visit: Visit) -> None:
    page = visit.open()
    for question in FERRETS:
        visit.answered(question)
        turn = page.locator(".turn").last
        expect(turn.locator(".sources")).to_contain_text("<script>window.pwned = 1</script>")
        turn.locator(".cite").first.click()
        expect(page.locator("#panel mark").first).to_be_visible()
        expect(page.locator("#panel")).to_contain_text("[click me](javascript:window.pwned=1)")

    assert page.evaluate("window.pwned") is None
    assert page.locator("#panel, .turn").locator("script, img, style, iframe").count() == 0
    assert page.title() == "Answerable"


def test_address_that_is_none_of_the_web_is_no_link(visit: Visit) -> None:
    page = visit.open()
    visit.answered(FERRETS[0])
    page.locator(".cite").first.click()
    expect(page.locator("#panel mark").first).to_be_visible()
    links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.protocol)")
    assert set(links) == {"http:"}
    page = visit.open("/status")
    page.locator("summary", has_text="docs").click()
    hrefs = page.eval_on_selector_all("#sections a", "all => all.map(a => a.href)")
    assert hrefs == ["https://docs.example/log"]


def test_characters_that_turn_text_around_are_shown_instead(visit: Visit) -> None:
    page = visit.open()
    visit.answered(FERRETS[2])
    page.locator(".cite").first.click()
    expect(page.locator("#panel mark").first).to_be_visible()
    text = page.evaluate("document.body.textContent")
    assert "\N{REPLACEMENT CHARACTER}terces" in text
    assert not {"\u202d", "\u202e"} & set(text)


def test_long_words_make_nothing_wider_than_the_window(visit: Visit) -> None:
    page = visit.open()
    page.set_viewport_size({"width": 400, "height": 800})
    visit.answered(FERRETS[2])
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    page.locator(".cite").first.click()
    expect(page.locator("#panel mark").first).to_be_visible()
    assert page.evaluate("document.querySelector('.scroller').scrollWidth") <= 400


def test_page_is_light_and_there_without_others(visit: Visit) -> None:
    sizes: list[int] = []
    visit.page.on("response", lambda response: sizes.append(len(response.body())))
    visit.open()
    visit.open("/status")
    # What both share is counted twice, and what the service says is counted along.
    assert 10_000 < sum(sizes) / 2 < MOST_BYTES


def test_script_that_gets_into_the_page_is_not_run(visit: Visit) -> None:
    page = visit.open()
    tried = """() => {
        const script = document.createElement("script");
        const found = [];
        try { script.text = "window.pwned = 1"; } catch (error) { found.push(error.name); }
        try { document.body.innerHTML = "<b>"; } catch (error) { found.push(error.name); }
        return found;
    }"""
    assert page.evaluate(tried) == ["TypeError", "TypeError"]
    assert page.evaluate("window.pwned") is None
    visit.wrong.clear()  # the browser said that it refused
