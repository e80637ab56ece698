"""A night at the desk: what hands do that no plan foresaw. Nothing typed is lost, nothing is done
twice, and every refusal says in the reader's words what to do next."""

import re
from contextlib import closing

import pytest
from playwright.sync_api import expect

from cable import Cable
from receiving import PASSWORD, wait_for
from tests.browser.conftest import card, taken

NOTE = "form[data-draft=note]"


@pytest.fixture(scope="module", autouse=True)
def people(house):
    house.person("Bela")
    house.person("Dora", "supervisor")


@pytest.fixture(autouse=True)
def quiet(house):
    house.quiet()


def acts(house, ticket, act):
    entries = house.client.ticket(ticket)["entries"]
    return [one["detail"] for one in entries if one["act"] == act]


def sign_in(page, name="Ada"):
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.locator("form[method=post] button:not([name])").last.click()


def test_a_session_that_ends_while_a_note_is_sent_keeps_the_note(house, desk):
    page, ticket = taken(house, desk, watch=False)
    page.fill("#note-text", "The owner is on his way")
    page.context.clear_cookies(name="holdfast_session")
    page.locator(f"{NOTE} button").click()
    page.wait_for_url("**/sign-in*")
    page.locator("input[name=name]").wait_for()
    sign_in(page)
    page.wait_for_url(f"**/tickets/{ticket}")
    expect(page.locator("#note-text")).to_have_value("The owner is on his way")


def test_a_link_that_drops_while_a_note_is_sent_keeps_the_note_over_a_reload(house, desk):
    with closing(Cable(house.receiver.port)) as cable:
        page, _ticket = taken(house, desk, url=cable.url, watch=False)
        page.fill("#note-text", "Two cars before the gate")
        cable.set("refused")
        page.locator(f"{NOTE} button").click()
        expect(page.locator("#said")).to_contain_text("Not sent")
        cable.set("through")
        page.reload()
        expect(page.locator("#note-text")).to_have_value("Two cars before the gate")


def test_what_one_operator_left_unsent_is_not_the_next_ones(house, desk):
    page, ticket = taken(house, desk)
    page.fill("#note-text", "Half a sentence of Ada's")
    page.locator("form[action='/sign-out'] button").click()
    sign_in(page, "Bela")
    page.wait_for_url(re.compile("/$"))
    page.goto(f"/tickets/{ticket}")
    expect(page.locator("#note-text")).to_have_value("")


def test_an_answer_typed_just_before_f2_lands_on_its_own_ticket_and_leaves_nothing(house, desk):
    page, first = taken(house, desk)
    second = house.press()
    card(page, second).wait_for()
    page.wait_for_timeout(300)  # a key that bounces takes one ticket
    page.focus("#q-nature")
    page.keyboard.type("A broken window")
    page.keyboard.press("F2")
    page.wait_for_selector(f'article.sheet[data-ticket="{second}"]')
    wait_for(lambda: acts(house, first, "answer"))
    assert acts(house, second, "answer") == []
    keys = "Object.keys(sessionStorage).filter((one) => one.startsWith('holdfast-draft'))"
    wait_for(lambda: page.evaluate(keys) == [])


def test_an_answer_waits_out_an_outage_also_when_its_screen_is_left(house, desk):
    with closing(Cable(house.receiver.port)) as cable:
        page, ticket = taken(house, desk, url=cable.url, watch=False)
        page.locator("nav.side a[href='/mine']").wait_for()
        page.route("**/answer", lambda route: route.abort())
        page.fill("#q-nature", "Said in the dark")
        page.locator('[data-question="nature"] .saved[data-bad]').wait_for()
        page.click("nav.side a[href='/mine']")
        page.wait_for_selector("[data-screen=mine]")
        page.unroute("**/answer")
        wait_for(lambda: acts(house, ticket, "answer"))


def test_an_answer_that_the_receiver_cannot_take_now_is_tried_again(house, desk):
    page, ticket = taken(house, desk, watch=False)
    busy = {"status": 503, "content_type": "application/problem+json", "body": '{"detail": "busy"}'}
    page.route("**/answer", lambda route: route.fulfill(**busy), times=1)
    page.fill("#q-nature", "Smoke under the door")
    page.locator('[data-question="nature"] .saved', has_text=re.compile("^Saved$")).wait_for()
    assert [one["answer"] for one in acts(house, ticket, "answer")] == ["Smoke under the door"]


def test_an_answer_typed_before_the_lock_goes_out_after_it(house, desk):
    page, ticket = taken(house, desk, watch=False)
    page.fill("#q-nature", "Glass on the floor")
    page.click("#lock-now")
    page.wait_for_selector("#lock[open]")
    page.wait_for_timeout(1_000)
    page.fill("#lock input[name=password]", PASSWORD)
    page.locator("#lock button.main").click()
    wait_for(lambda: acts(house, ticket, "answer"))


def test_back_while_the_link_is_dead_keeps_the_console(house, desk):
    with closing(Cable(house.receiver.port)) as cable:
        page = desk.open(url=cable.url, watch=False)
        page.click("nav.side a[href='/mine']")
        page.wait_for_selector("[data-screen=mine]")
        cable.set("refused")
        page.evaluate("history.back()")
        page.wait_for_timeout(1_500)
        assert page.locator("#queue").count() == 1, "the browser's own error page took its place"
        expect(page.locator("#said")).to_contain_text("receiver cannot be reached")


def test_a_refused_form_may_be_reloaded_and_left_and_come_back_to(house, desk):
    page, ticket = taken(house, desk)
    page.select_option("select[name=outcome]", "safe_by_phone")
    page.keyboard.press("F4")
    expect(page.locator("main .wrong[data-first]")).to_be_focused()
    page.reload()
    expect(page.locator(f'article.sheet[data-ticket="{ticket}"]')).to_be_visible()
    page.click("nav.side a[href='/mine']")
    page.wait_for_selector("[data-screen=mine]")
    page.go_back()
    expect(page.locator(f'article.sheet[data-ticket="{ticket}"]')).to_be_visible()


def test_a_note_sent_twice_by_a_double_click_is_written_once(house, desk):
    page, ticket = taken(house, desk)
    page.fill("#note-text", "Once is enough")
    page.locator(f"{NOTE} button").dblclick()
    expect(page.locator(".timeline")).to_contain_text("Once is enough")
    page.wait_for_timeout(500)
    assert [one["text"] for one in acts(house, ticket, "note")] == ["Once is enough"]
    assert page.locator("main .wrong[data-first]").count() == 0
    expect(page.locator("#note-text")).to_have_value("")


def test_help_is_sent_once_by_a_double_enter(house, desk):
    page, ticket = taken(house, desk)
    page.fill("form[data-draft=dispatch] input[name=to]", "Patrol 3")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_selector('article.sheet[data-state="dispatched"]')
    page.wait_for_timeout(500)
    assert len(acts(house, ticket, "dispatch")) == 1
    assert page.locator("main .wrong[data-first]").count() == 0


def test_f2_pressed_twice_in_a_hurry_takes_one(house, desk):
    page = desk.open()
    two = [house.press(), house.press()]
    for one in two:
        card(page, one).wait_for()
    page.evaluate("""for (const n of [1, 2])
        dispatchEvent(new KeyboardEvent("keydown", {code: "F2", key: "F2", bubbles: true}))""")
    page.wait_for_selector("article.sheet")
    page.wait_for_timeout(700)
    states = sorted(house.client.ticket(one)["state"] for one in two)
    assert states == ["acknowledged", "open"]


def test_a_form_sent_twice_makes_one(desk):
    page = desk.open("/people", name="Ada")
    page.fill("form[action='/people'] input[name=name]", "Twice")
    page.fill("form[action='/people'] input[name=password]", PASSWORD)
    page.locator("form[action='/people'] button").dblclick()
    expect(page.locator("main tbody")).to_contain_text("Twice")
    page.wait_for_timeout(500)
    assert page.locator("main .wrong").count() == 0


def test_a_note_on_a_ticket_that_was_closed_meanwhile_comes_back(house, desk):
    page, ticket = taken(house, desk, name="Bela")
    page.fill("#note-text", "What the neighbour saw")
    version = house.client.ticket(ticket)["version"]
    said = {"outcome": "false_alarm", "override": "the owner rang"}
    assert house.client.act(ticket, "close", version, **said).status_code == 200
    page.locator(".sheet-kind", has_text="Closed").wait_for()
    page.locator(f"{NOTE} button").click()
    expect(page.locator("main .wrong[data-first]")).to_be_visible()
    expect(page.locator("main")).to_contain_text("What the neighbour saw")


def test_a_form_without_a_ticket_keeps_what_was_typed_while_an_alarm_is_taken(house, desk):
    keypad = house.keypad("Bakery")
    page = desk.open(f"/sites/{keypad.site}", name="Dora")
    page.fill("form[action$='/tests'] input[name=reason]", "Battery change, asked by Jana")
    ticket = house.press()
    card(page, ticket).wait_for()
    page.keyboard.press("F2")
    page.wait_for_selector(f'article.sheet[data-ticket="{ticket}"]')
    page.go_back()
    reason = page.locator("form[action$='/tests'] input[name=reason]")
    expect(reason).to_have_value("Battery change, asked by Jana")


def test_a_refused_form_keeps_what_was_typed(desk):
    page = desk.open("/people", name="Ada")
    page.fill("form[action='/people'] input[name=name]", "Bela")
    page.select_option("form[action='/people'] select", "supervisor")
    page.fill("form[action='/people'] input[name=password]", PASSWORD)
    page.locator("form[action='/people'] button").click()
    expect(page.locator("main .wrong")).to_contain_text("already")
    expect(page.locator("form[action='/people'] input[name=name]")).to_have_value("Bela")
    expect(page.locator("form[action='/people'] select")).to_have_value("supervisor")


def test_taken_although_the_answer_was_lost_is_told(house, desk):
    page = desk.open(watch=False)
    ticket = house.press()
    card(page, ticket).wait_for()

    def lost(route):
        route.fetch()
        route.abort()

    page.route("**/queue/take", lost, times=1)
    page.keyboard.press("F2")
    expect(page.locator("#told")).to_contain_text("Corner shop")
    page.locator("#told a").click()
    page.wait_for_selector(f'article.sheet[data-ticket="{ticket}"]')


def test_a_new_emergency_is_announced_while_the_console_is_locked(house, desk):
    page = desk.open()
    page.click("#lock-now")
    page.wait_for_selector("#lock[open]")
    house.press(house.keypad("Goldsmith"))
    said = page.locator("#lock [role=alert]", has_text="Goldsmith")
    expect(said).to_have_count(1)


def test_a_new_emergency_is_announced_while_the_command_bar_is_open(house, desk):
    page = desk.open()
    page.keyboard.press("Control+KeyK")
    page.wait_for_selector("#command[open]")
    house.press(house.keypad("Tobacconist"))
    expect(page.locator("#command [role=alert]", has_text="Tobacconist")).to_have_count(1)


def test_the_command_bar_says_that_the_receiver_cannot_be_reached(house, desk):
    with closing(Cable(house.receiver.port)) as cable:
        page = desk.open(url=cable.url)
        page.on("pageerror", lambda error: desk.wrong.append(str(error)))
        cable.set("refused")
        page.keyboard.press("Control+KeyK")
        page.keyboard.type("Roster")
        page.keyboard.press("Enter")
        expect(page.locator("#said")).to_contain_text("Not sent")
        desk.wrong[:] = [one for one in desk.wrong if "ERR_" not in one]
        cable.set("through")


def test_the_focus_stays_in_the_queue_when_its_card_goes(house, desk):
    page = desk.open()
    one, two = house.press(), house.press()
    card(page, two).wait_for()
    card(page, one).locator(".take").focus()
    version = house.client.act(one, "acknowledge", 1).json()["version"]
    said = {"outcome": "false_alarm", "override": "tried"}
    wait_for(lambda: page.locator(f"#t-{one}[data-state=acknowledged]").count())
    page.locator(f"#t-{one} a").first.focus()
    house.client.act(one, "close", version, **said)
    card(page, one).wait_for(state="detached")
    assert page.evaluate("document.activeElement.closest('#queue') !== null")


@pytest.mark.parametrize("language", ["en", "fa"])
def test_what_is_not_there_is_a_page_with_a_way_back(desk, language):
    for scripts in (True, False):
        page = desk.open("/", language=language, java_script_enabled=scripts, watch=False)
        gone = page.goto("/tickets/00000000-0000-0000-0000-000000000000")
        assert gone.status == 404
        assert page.locator("main h1").count() == 1
        assert page.get_attribute("html", "lang") == language
        assert page.locator("main a[href='/']").count() == 1


def test_the_address_of_a_form_that_was_refused_opens_its_screen(house, desk):
    ticket = house.press()
    page = desk.open("/", java_script_enabled=False)
    page.goto(f"/tickets/{ticket}/close")
    assert page.url.endswith(f"/tickets/{ticket}")


def test_without_scripts_a_session_that_ended_gives_the_typed_text_back(house, desk):
    page = desk.open("/", java_script_enabled=False, watch=False)
    ticket = house.press()
    house.client.act(ticket, "acknowledge", 1)
    page.goto(f"/tickets/{ticket}")
    page.fill("#note-text", "Written <b>without</b> scripts")
    page.context.clear_cookies(name="holdfast_session")
    page.locator(f"{NOTE} button").click()
    expect(page.locator("main")).to_contain_text("Written <b>without</b> scripts")
    assert page.locator("main a[href^='/sign-in?back=/tickets/']").count() == 1


def test_another_language_is_chosen_on_the_screen_shown_and_loses_nothing(house, desk):
    page, ticket = taken(house, desk)
    page.fill("#note-text", "Before the change")
    page.click("#languages summary")
    page.locator("#languages button[value=fa]").click()
    page.wait_for_selector("html[lang=fa]")
    assert page.url.endswith(f"/tickets/{ticket}")
    expect(page.locator("#note-text")).to_have_value("Before the change")


def test_refusals_are_in_the_readers_language(house, desk):
    ticket = house.press()
    page = desk.open(f"/tickets/{ticket}", name="Bela", language="fa")
    house.client.act(ticket, "acknowledge", 1)
    page.locator(".sheet-kind bdi", has_text="Ada").wait_for()
    page.goto("/")
    said = page.evaluate("""async () => {
        const { go } = await import("/static/screens.js");
        await go("/proposals");
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)));
        return ["#main", "#said"].map((one) => document.querySelector(one).innerText).join(" ");
    }""")
    assert not re.search("[a-z]{4}", said), said


def test_a_screen_of_figures_goes_on_while_something_on_it_has_the_focus(house, desk):
    ticket = house.press()
    house.client.act(ticket, "acknowledge", 1)
    page = desk.open("/mine")
    page.locator(f"#main a[href='/tickets/{ticket}']").first.focus()
    house.client.act(house.press(house.keypad("Jeweller")), "acknowledge", 1)
    expect(page.locator("#main table").first).to_contain_text("Jeweller")
    href = "document.activeElement.getAttribute('href')"
    assert page.evaluate(href) == f"/tickets/{ticket}"


def test_somebody_with_a_slash_in_his_name_can_be_shut_out(house, desk):
    house.person("Ann/Marie")
    page = desk.open("/people")
    row = page.locator("tr", has_text="Ann/Marie")
    row.locator("summary", has_text="Shut out").click()
    row.locator("form[action$='/disable'] button").click()
    expect(row).to_contain_text("shut out")
