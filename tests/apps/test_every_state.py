"""Every state of the chat, on a desk and on a phone, light and dark: what axe, a thumb and tired eyes ask of it."""

from __future__ import annotations

import pytest
from chat_browser import CONTRAST, MARKS, browser, serving
from screen_axe import faults
from screen_states import StatesAssistant, StatesChat, walk

from cpgassist.apps.chat.conversation import Conversations

__all__ = ["browser"]
pytestmark = MARKS

DESK, PHONE = (1400, 900), (390, 844)
SMALLEST = 28
"""Pixels of a target's shorter side on a phone."""

SMALL = """(least) => {
    const target = 'button, a[href], summary, input, select, textarea, [role=button], [role=option], [role=tab]';
    const seen = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && !one.closest('[inert], .sr') && one.type !== 'hidden' && one.type !== 'file' && !one.disabled;
    const area = (one) => one.labels?.length ? [one, ...one.labels].map((part) => part.getBoundingClientRect())
        : [one.getBoundingClientRect()];
    const side = (one) => Math.max(...area(one).map((box) => Math.min(box.width, box.height)));
    return [...document.querySelectorAll(target)].filter(seen).filter((one) => side(one) < least - 0.5)
        .map((one) => `${one.tagName.toLowerCase()}#${one.id}.${one.className} is ${side(one).toFixed(1)} pixels`);
}"""
"""Targets that a thumb misses; a ticked box counts with its label."""

WIDE = """() => {
    const rows = [document.documentElement, ...document.querySelectorAll('#thread, #chat, #panel .panel-body')];
    return rows.filter((one) => one.scrollWidth > one.clientWidth + 1)
        .map((one) => `${one.tagName}#${one.id} is ${one.scrollWidth} wide in ${one.clientWidth}`);
}"""
"""What scrolls sideways; a table and the page's picture may, inside the screen."""

HIDDEN = """() => {
    const line = document.querySelector('#thread .turn:last-child .bottom-line')?.getBoundingClientRect();
    const floor = document.querySelector('#composer').getBoundingClientRect().top;
    const roof = document.querySelector('#thread').getBoundingClientRect().top;
    return line && (line.top < roof - 1 || line.bottom > floor + 1)
        ? [`the bottom line lies at ${line.top} to ${line.bottom}, in sight is ${roof} to ${floor}`] : [];
}"""
"""A bottom line that is not all in sight when its answer is there."""


@pytest.fixture(scope="module")
def site():
    patch = pytest.MonkeyPatch()
    patch.setattr(Conversations.__init__, "__defaults__", (0.3,))  # the state "slow" comes at once
    assistant = StatesAssistant()
    with serving(assistant) as address:
        yield address, assistant
    patch.undo()


def wrong(chat: StatesChat, state: str) -> list[str]:
    """All that is wrong with the screen as it stands."""
    page = chat.page
    # CONTRAST asks 4.5 of every word in a hundredth of axe's time; axe asks the same, or less, of these few states.
    without = () if state in ("welcome", "evidence plainly", "photo described") else ("color-contrast",)
    found = [str(one) for one in faults(page, state, without)]
    found += [
        f"{state}: {words!r} ({where}) has a contrast of {ratio}" for words, where, ratio in page.evaluate(CONTRAST)
    ]
    found += [f"{state}: {one}" for one in page.evaluate(WIDE)]
    if page.viewport_size["width"] == PHONE[0]:
        found += [f"{state}: {one}" for one in page.evaluate(SMALL, SMALLEST)]
        if state.startswith("answer "):
            found += [f"{state}: {one}" for one in page.evaluate(HIDDEN)]
    return found


@pytest.mark.parametrize(
    ("size", "scheme", "locale"),
    [
        # These two hold both sizes, both schemes and both languages; the slow ones are their other combinations.
        pytest.param(DESK, "light", "en-GB", id="desk-light"),
        pytest.param(PHONE, "dark", "ms-MY", id="phone-dark-malay"),
        pytest.param(PHONE, "dark", "en-GB", id="phone-dark", marks=pytest.mark.slow),
        pytest.param(PHONE, "light", "ms-MY", id="phone-light-malay", marks=pytest.mark.slow),
        pytest.param(DESK, "dark", "en-GB", id="desk-dark", marks=pytest.mark.slow),
        pytest.param(PHONE, "light", "en-GB", id="phone-light", marks=pytest.mark.slow),
        pytest.param(DESK, "light", "ms-MY", id="desk-light-malay", marks=pytest.mark.slow),
    ],
)
def test_every_state_can_be_used_by_everyone(browser, site, size, scheme, locale):
    address, assistant = site
    window = {"viewport": dict(zip(("width", "height"), size, strict=True)), "color_scheme": scheme, "locale": locale}
    chat = StatesChat(browser, address, **window, has_touch=size is PHONE, reduced_motion="reduce")
    found, passed = [], []
    try:
        for state in walk(chat, assistant):
            passed.append(state)
            found += wrong(chat, state)
    finally:
        chat.context.close()
    assert not found, "\n".join(found)
    assert len(passed) >= 30 and len(set(passed)) == len(passed)
    assert not chat.complaints, chat.complaints
