"""A board full of live tickets: what comes in is placed at once, and looked through once."""

COUNTED = """() => {
    const queue = holdfast.queue;
    globalThis.looked = { fold: 0, tick: 0 };
    for (const name of Object.keys(looked)) {
        const plain = queue[name].bind(queue);
        queue[name] = () => { looked[name] += 1; plain(); };
    }
}"""
BURST = """async (count) => {
    const queue = holdfast.queue;
    const card = queue.list.firstElementChild;
    for (let n = 0; n < count; n += 1) {
        const fresh = card.cloneNode(true);
        for (const one of fresh.querySelectorAll("[style]")) one.removeAttribute("style");
        fresh.id = "t-more-" + n;
        fresh.dataset.sort = card.dataset.sort + n;
        queue.place(fresh.outerHTML);
    }
    const before = { ...looked, cards: queue.list.children.length };
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return [before, looked, queue.list.children.length];
}"""
STYLED = """async () => {
    const queue = holdfast.queue;
    let styled = 0;
    const seen = new MutationObserver((all) => { styled += all.length; });
    seen.observe(queue.list, { attributeFilter: ["style"], subtree: true });
    for (let n = 0; n < 50; n += 1) queue.tick();
    await Promise.resolve();
    return styled;
}"""


def test_a_burst_of_cards_is_folded_and_counted_once(house, desk):
    house.quiet()
    house.press()
    page = desk.open()
    page.wait_for_selector("#queue > li")
    page.evaluate(COUNTED)
    before, after, cards = page.evaluate(BURST, 60)
    assert before["cards"] == cards == 61, "each is there at once"
    # The clock of the page looks through them once a second, and may have done so meanwhile.
    assert before["fold"] == 0
    assert after["fold"] == 1
    assert after["tick"] <= 2
    page.wait_for_function("document.querySelector('#waiting [data-count]').textContent === '61'")


def test_a_bar_is_drawn_anew_only_when_it_has_grown(house, desk):
    house.quiet()
    house.press()
    page = desk.open()
    page.wait_for_selector("#queue > li")
    assert page.evaluate(STYLED) <= 2
