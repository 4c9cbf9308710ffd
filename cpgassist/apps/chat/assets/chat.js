// The chat's behaviour in the browser: checks before sending, what an answer's buttons do, where the reader is.
// Guideline text is only ever moved as nodes that the server escaped and Gradio sanitised, or as textContent.
import { evidencePanel } from "./evidence.js";
import { judging } from "./judging.js";
import { photoCard } from "./photo.js";

(() => {
  // The same limit and pattern as questions.py; the server checks again.
  const LONGEST = 2000;
  const IC_NUMBER = /(?<!\d)\d{6}[-\s]?\d{2}[-\s]?\d{4}(?!\d)/;
  const THEME = "cpgassist-theme";
  const LANGUAGE = "cpgassist-language"; // a cookie, so that the server speaks it from the first word on
  const KEPT_SECONDS = 365 * 24 * 3600;

  const phone = window.matchMedia("(max-width: 820px)");
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  let seen = "";
  let newest = "";
  let focused = "";
  let again = false; // a question is asked again with findings that the server still has
  let spoken = ""; // the language that the screen is in
  let names = ""; // what `named` has set
  let draft = ""; // what stood in the box when a question was asked again

  // What a screen reader is told; the thread itself is drawn anew too often to be read out.
  const voice = document.createElement("div");
  voice.id = "voice";
  voice.className = "sr";
  voice.setAttribute("role", "status");
  const say = (words) => (voice.textContent = words);

  const judged = judging({ say });
  const panel = evidencePanel({ phone, say, opened: judged.restore });

  // ---- language -------------------------------------------------------------------------------------------------

  const told = (name) => one(`#disclaimer .say-${name}`)?.textContent ?? "";
  const filled = (words, ...values) => values.reduce((said, value) => said.replace("{}", value), words);

  function changeLanguage() {
    document.cookie = `${LANGUAGE}=${spoken === "ms" ? "en" : "ms"}; path=/; max-age=${KEPT_SECONDS}; samesite=strict`;
    card.retell();
    note(null);
    one("#relabel").click();
  }

  /** Names that stand outside what the server sends anew, and the language itself. */
  function named() {
    const language = one("#top .bar")?.classList.contains("in-ms") ? "ms" : "en";
    for (const reply of all("#thread .reply")) reply.lang = reply.classList.contains("in-ms") ? "ms" : "en";
    const key = `${language} ${told("conversation")}`;
    if (key === names) return;
    [names, spoken, document.documentElement.lang] = [key, language, language];
    one("#thread").setAttribute("aria-label", told("conversation"));
    one("#evidence").setAttribute("aria-label", told("evidence"));
    one("#photo").setAttribute("aria-label", told("add_photo"));
    box()?.setAttribute("aria-label", told("your_question"));
  }

  // ---- asking ---------------------------------------------------------------------------------------------------

  const box = () => one("#ask textarea");

  function problem(question) {
    if (IC_NUMBER.test(question)) return [told("ic"), told("ic_next")];
    if (question.trim().length > LONGEST) {
      const length = question.trim().length.toLocaleString("en");
      return [filled(told("long"), length, LONGEST.toLocaleString("en")), told("long_next")];
    }
    return null;
  }

  function note(words) {
    let place = one("#before-sending");
    if (!place) {
      place = document.createElement("div");
      place.id = "before-sending";
      place.setAttribute("role", "alert");
      one("#composer").after(place);
    }
    place.replaceChildren();
    if (!words) return;
    const strong = document.createElement("b");
    strong.textContent = words[0];
    place.append(strong, ` ${words[1]}`);
  }

  function refused(event) {
    const found = card.blocks() ?? problem(box()?.value ?? "");
    note(found);
    if (found || (!box()?.value.trim() && !card.sending() && !again)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      box()?.focus();
      return true;
    }
    card.sent();
    again = false;
    return false;
  }

  function put(area, value) {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(area, value);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function fill(question) {
    put(box(), question);
    box().focus();
  }

  // Gradio takes a value over in its next update
  const send = () => setTimeout(() => one("#send").click(), 50);

  const card = photoCard({ put, send, note, problem, told });

  const questionOf = (turn) => one(".question .typed", turn)?.textContent ?? "";

  function askAgain(turn) {
    const findings = one(".with-findings", turn);
    draft = box().value;
    if (findings && turn.matches(".error")) {
      card.again(); // they are still on the card
      return fill(questionOf(turn));
    }
    if (findings) {
      again = true;
      put(one("#confirmed textarea"), JSON.stringify({ answer: judged.keyOf(turn) }));
    }
    put(box(), questionOf(turn));
    send();
  }

  // ---- about ----------------------------------------------------------------------------------------------------

  function openAbout() {
    if (!one("#about .about-sheet")) return; // it is still on its way
    one("#about-dialog")?.remove();
    const dialog = document.createElement("dialog");
    dialog.id = "about-dialog";
    const sheet = one("#about .about-sheet").cloneNode(true);
    sheet.hidden = false;
    one("h2", sheet).id = "about-title";
    dialog.setAttribute("aria-labelledby", "about-title");
    Object.assign(one(".body", sheet), { tabIndex: 0, role: "document" });
    dialog.append(sheet);
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest(".close-about")) dialog.close();
    });
    document.body.append(dialog);
    dialog.showModal();
  }

  // ---- what the server sent -------------------------------------------------------------------------------------

  function refresh() {
    if (!one("#thread") || !one("#panel .panel-body") || !one("#photo")) return;
    label();
    named();
    judged.restore();
    const filter = one("#filter input");
    const count = one("#top .pill.count")?.textContent;
    if (filter && count) filter.placeholder = filled(told("all"), count);
    const turn = all("#thread .turn").at(-1);
    const now = turn ? `${turn.id} ${turn.className} ${turn.textContent} ${one("#panel h2").textContent}` : "";
    if (now === seen) return;
    seen = now;
    document.body.classList.toggle("asked", Boolean(turn));
    document.body.classList.toggle("reading", Boolean(turn?.classList.contains("reading")));
    if (!turn) {
      newest = "";
      return panel.clear();
    }
    // a chip asks on the last question: those of older answers would ask of another subject
    all("#thread .chip").forEach((chip) => (chip.disabled = chip.closest(".turn") !== turn));
    const waiting = turn.matches(".pending, .reading");
    one("#thread").setAttribute("aria-busy", String(waiting));
    const first = firstSource(turn);
    // what a reader has scrolled to stays where it is while the answer grows
    if (turn.id !== newest || !document.body.dataset.grown) {
      one("#thread").scrollTop += turn.getBoundingClientRect().top - one("#thread").getBoundingClientRect().top - 8;
    }
    if (turn.id !== newest) {
      card.asked();
      if (draft) put(box(), draft);
      draft = "";
    }
    if (!waiting) {
      card.answered(turn.classList.contains("error"));
      say(heard(turn));
    }
    newest = turn.id;
    if (first) document.body.dataset.grown = "yes";
    else delete document.body.dataset.grown;
    const shown = panel.shownId();
    const kept = document.getElementById(shown)?.closest(".turn") === turn ? shown : first?.id;
    if (kept) panel.open(kept);
    else if (!waiting) panel.clear();
    if (focused && document.activeElement === document.body) one(`#thread a.cite[href="${focused}"]`)?.focus({ preventScroll: true });
  }

  /** The evidence of the bottom line, or the first there is. */
  function firstSource(turn) {
    const cited = one(".bottom-line a.cite, .differ a.cite", turn);
    return (cited && document.getElementById(cited.hash.slice(1))) || one(".source", turn);
  }

  /** What is told of an answer that is there. */
  function heard(turn) {
    const parts = [".reply > h2", ".checks .line", ".reply > .note"].map((part) => one(part, turn)?.textContent.trim());
    return parts.filter(Boolean).join(". ");
  }

  function label() {
    const thread = one("#thread");
    if (thread.getAttribute("role") === "log") return;
    thread.setAttribute("role", "log");
    thread.setAttribute("aria-live", "off");
    document.body.append(voice);
    one("#filters").setAttribute("aria-expanded", "false");
    thread.tabIndex = 0;
    one("#evidence").setAttribute("role", "complementary");
    one("#notice").setAttribute("role", "alert");
    one("#photo").setAttribute("aria-expanded", "false");
    const backdrop = document.createElement("div");
    backdrop.id = "backdrop";
    backdrop.addEventListener("click", panel.closeSheet);
    document.body.append(backdrop);
    const kept = localStorage.getItem(THEME);
    if (kept) document.body.classList.toggle("dark", kept === "dark");
  }

  function toggleFilters() {
    const open = document.body.classList.toggle("filtering");
    one("#filters").setAttribute("aria-expanded", String(open));
  }

  // ---- events ---------------------------------------------------------------------------------------------------

  document.addEventListener(
    "click",
    (event) => {
      const target = event.target instanceof Element ? event.target : null;
      if (!target) return;
      if (!target.closest("a.cite")) focused = "";
      if (target.closest("#send")) return void refused(event);
      if (target.closest("#photo")) return void card.open();
      if (target.closest("#clear")) return void card.clear();
      const link = target.closest("a.cite, a.tab");
      if (link) {
        event.preventDefault();
        return panel.open(link.hash.slice(1), { sheet: true });
      }
      if (panel.clicked(target) || judged.clicked(target, event)) return;
      if (target.closest("button.open-about")) return openAbout();
      if (target.closest("#filters")) return toggleFilters();
      if (target.closest("button.language")) return changeLanguage();
      if (target.closest("button.theme")) {
        const dark = document.body.classList.toggle("dark");
        return localStorage.setItem(THEME, dark ? "dark" : "light");
      }
      const turn = target.closest(".turn");
      if (turn && target.closest("button.retry")) return askAgain(turn);
      if (turn && target.closest("button.edit")) return fill(questionOf(turn));
      const chip = target.closest("button.chip");
      if (chip) {
        const asks = chip.matches(".asks");
        fill(one(".said", chip).textContent + (asks ? "" : " "));
        return asks && send();
      }
      const example = target.closest("button.example");
      if (example?.matches(".drawn")) return void card.openExample();
      if (example?.matches(".with-photo")) return void card.open();
      if (example) {
        fill(example.textContent);
        send();
      }
    },
    true,
  );

  document.addEventListener(
    "keydown",
    (event) => {
      const target = event.target instanceof Element ? event.target : null;
      if (event.key === "Escape") return panel.closeSheet();
      if (event.key === "Enter" && !event.shiftKey && target?.closest("#ask")) {
        // Enter also ends the composition of a Chinese word
        if (event.isComposing) return event.stopImmediatePropagation();
        return void refused(event);
      }
      // a page that is wider than the panel is moved with the arrow keys
      if (target?.closest("#evidence") && !target.closest(".frame") && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
        event.preventDefault();
        panel.step(event.key === "ArrowLeft" ? -1 : 1);
      }
    },
    true,
  );

  document.addEventListener("input", (event) => event.target.closest?.("#ask") && note(null), true);

  document.addEventListener(
    "error",
    (event) => {
      const page = event.target instanceof HTMLImageElement && event.target.closest("#panel .page");
      if (page) page.classList.add("failed");
    },
    true,
  );

  // A citation keeps the focus when the growing answer around it is drawn again.
  document.addEventListener(
    "focusin",
    (event) => (focused = event.target.closest?.("#thread a.cite")?.getAttribute("href") ?? ""),
  );

  phone.addEventListener("change", panel.closeSheet);
  new MutationObserver(() => requestAnimationFrame(refresh)).observe(document.documentElement, {
    childList: true,
    subtree: true,
  });
})();
