// The chat's behaviour in the browser: evidence panel, next and previous, sheet on phones, checks before sending.
// Guideline text is only ever moved as nodes that the server escaped and Gradio sanitised, or as textContent.
import { photoCard } from "./photo.js";

(() => {
  // The same limit and pattern as questions.py; the server checks again.
  const LONGEST = 2000;
  const IC_NUMBER = /(?<!\d)\d{6}[-\s]?\d{2}[-\s]?\d{4}(?!\d)/;
  const THEME = "cpgassist-theme";

  const phone = window.matchMedia("(max-width: 820px)");
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  let shown = { ids: [], at: 0 };
  let held = ""; // the evidence in the panel, as it was sent: a growing answer brings other quotes under the same ids
  let seen = "";
  let newest = "";
  let focused = "";
  let opener = null;

  // ---- evidence -------------------------------------------------------------------------------------------------

  function open(id, { sheet = false } = {}) {
    const evidence = document.getElementById(id)?.closest(".evidence");
    const body = one("#panel .panel-body");
    if (!evidence || !body) return;
    const ids = all(".source", evidence).map((source) => source.id);
    const sent = all(".source", evidence).map((source) => source.outerHTML).join();
    if (sent !== held || !one(".source", body)) {
      held = sent;
      const copy = evidence.cloneNode(true);
      one("#panel .count").textContent = one(".count", copy).textContent;
      one(".count", copy).remove();
      all(".source", copy).forEach((source) => {
        source.dataset.id = source.id;
        source.removeAttribute("id");
      });
      all("a.open-page", copy).forEach((link) => Object.assign(link, { target: "_blank", rel: "noopener" }));
      body.replaceChildren(...copy.childNodes);
    }
    shown = { ids, at: ids.indexOf(id) };
    mark(id, body);
    if (sheet && phone.matches) openSheet();
    reveal(body);
  }

  function mark(id, body) {
    all(".source", body).forEach((source) => (source.hidden = source.dataset.id !== id));
    all("a.cite, a.tab").forEach((link) => {
      const active = link.hash === `#${id}`;
      link.classList.toggle("active", active);
      if (active) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    const tab = one("a.tab.active", body);
    if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - 24;
    one("#panel .place").textContent = `${shown.at + 1} of ${shown.ids.length}`;
    one("#panel .previous").disabled = shown.at <= 0;
    one("#panel .next").disabled = shown.at >= shown.ids.length - 1;
  }

  function reveal(body) {
    body.scrollTop = 0;
    const first = one(".source:not([hidden]) .mark", body);
    if (!first) return;
    const below = first.getBoundingClientRect().bottom - body.getBoundingClientRect().bottom + 40;
    if (below > 0) body.scrollTop = below + body.clientHeight * 0.25;
  }

  function step(by) {
    const id = shown.ids[shown.at + by];
    if (id) open(id);
  }

  function clearPanel() {
    shown = { ids: [], at: 0 };
    held = "";
    const empty = document.createElement("div");
    empty.className = "empty";
    const words = document.createElement("p");
    words.textContent = "No page is quoted in this answer.";
    empty.append(words);
    one("#panel .panel-body")?.replaceChildren(empty);
    all("#panel .count, #panel .place").forEach((part) => (part.textContent = ""));
    all("#panel .previous, #panel .next").forEach((button) => (button.disabled = true));
  }

  // ---- sheet on phones ------------------------------------------------------------------------------------------

  function openSheet() {
    if (document.body.dataset.sheet === "open") return;
    opener = document.activeElement?.getAttribute("href");
    document.body.dataset.sheet = "open";
    const panel = one("#evidence");
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-modal", "true");
    all("#chat, #top").forEach((part) => (part.inert = true));
    one("#panel .close").focus({ preventScroll: true });
  }

  function closeSheet() {
    if (document.body.dataset.sheet !== "open") return;
    delete document.body.dataset.sheet;
    const panel = one("#evidence");
    panel.setAttribute("role", "complementary");
    panel.removeAttribute("aria-modal");
    all("#chat, #top").forEach((part) => (part.inert = false));
    if (opener) one(`#thread a.cite[href="${CSS.escape(opener).replace("\\#", "#")}"]`)?.focus({ preventScroll: true });
  }

  // ---- asking ---------------------------------------------------------------------------------------------------

  const box = () => one("#ask textarea");

  function problem(question) {
    if (IC_NUMBER.test(question)) return ["This looks like an IC number.", "Remove it before sending."];
    if (question.trim().length > LONGEST) {
      const length = question.trim().length.toLocaleString("en");
      return [
        `This question has ${length} characters; the limit is ${LONGEST.toLocaleString("en")}.`,
        "Shorten it to one clinical question.",
      ];
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
    if (found || (!box()?.value.trim() && !card.sending())) {
      event.preventDefault();
      event.stopImmediatePropagation();
      box()?.focus();
      return true;
    }
    card.sent();
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

  const card = photoCard({ put, send, note, problem });

  // ---- what the server sent -------------------------------------------------------------------------------------

  function refresh() {
    if (!one("#thread") || !one("#panel .panel-body") || !one("#photo")) return;
    label();
    const filter = one("#filter input");
    const hint = `All ${one("#top .pill")?.textContent ?? ""}`;
    if (filter && filter.placeholder !== hint) filter.placeholder = hint;
    const turn = all("#thread .turn").at(-1);
    const now = turn ? `${turn.id} ${turn.className} ${turn.textContent}` : "";
    if (now === seen) return;
    seen = now;
    document.body.classList.toggle("asked", Boolean(turn));
    document.body.classList.toggle("reading", Boolean(turn?.classList.contains("reading")));
    if (!turn) {
      newest = "";
      return clearPanel();
    }
    const waiting = turn.matches(".pending, .reading");
    one("#thread").setAttribute("aria-busy", String(waiting));
    const first = one(".source", turn);
    // what a reader has scrolled to stays where it is while the answer grows
    if (turn.id !== newest || !document.body.dataset.grown) {
      one("#thread").scrollTop += turn.getBoundingClientRect().top - one("#thread").getBoundingClientRect().top - 8;
    }
    if (turn.id !== newest) card.asked();
    if (!waiting) card.answered(turn.classList.contains("error"));
    newest = turn.id;
    if (first) document.body.dataset.grown = "yes";
    else delete document.body.dataset.grown;
    const kept = document.getElementById(shown.ids[shown.at])?.closest(".turn") === turn ? shown.ids[shown.at] : first?.id;
    if (kept) open(kept);
    else if (!waiting) clearPanel();
    if (focused && document.activeElement === document.body) one(`#thread a.cite[href="${focused}"]`)?.focus({ preventScroll: true });
  }

  function label() {
    const thread = one("#thread");
    if (thread.getAttribute("role") === "log") return;
    thread.setAttribute("role", "log");
    thread.setAttribute("aria-label", "Conversation");
    thread.tabIndex = 0;
    one("#evidence").setAttribute("role", "complementary");
    one("#evidence").setAttribute("aria-label", "Evidence");
    one("#notice").setAttribute("role", "alert");
    box()?.setAttribute("aria-label", "Your clinical question");
    one("#photo").setAttribute("aria-label", "Add a photo, or describe what you see");
    one("#photo").setAttribute("aria-expanded", "false");
    const backdrop = document.createElement("div");
    backdrop.id = "backdrop";
    backdrop.addEventListener("click", closeSheet);
    document.body.append(backdrop);
    const kept = localStorage.getItem(THEME);
    if (kept) document.body.classList.toggle("dark", kept === "dark");
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
        return open(link.hash.slice(1), { sheet: true });
      }
      if (target.closest("#panel .previous")) return step(-1);
      if (target.closest("#panel .next")) return step(1);
      if (target.closest("#panel .close")) return closeSheet();
      if (target.closest("button.theme")) {
        const dark = document.body.classList.toggle("dark");
        return localStorage.setItem(THEME, dark ? "dark" : "light");
      }
      const again = target.closest("a.again");
      if (again) {
        event.preventDefault();
        card.again();
        return fill(one(".question p:not(.with-findings)", again.closest(".turn"))?.textContent ?? "");
      }
      const example = target.closest("button.example");
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
      if (event.key === "Escape") return closeSheet();
      if (event.key === "Enter" && !event.shiftKey && target?.closest("#ask")) {
        // Enter also ends the composition of a Chinese word
        if (event.isComposing) return event.stopImmediatePropagation();
        return void refused(event);
      }
      if (target?.closest("#evidence") && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
        event.preventDefault();
        step(event.key === "ArrowLeft" ? -1 : 1);
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

  phone.addEventListener("change", closeSheet);
  new MutationObserver(() => requestAnimationFrame(refresh)).observe(document.documentElement, {
    childList: true,
    subtree: true,
  });
})();
