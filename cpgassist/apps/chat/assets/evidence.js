// The panel with the pages: one citation at a time, its words marked; zoom, copy, and a sheet on phones.
// Guideline text is only ever moved as nodes that the server escaped and Gradio sanitised, or as textContent.

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

const PX_PER_POINT = 96 / 72;
const MOST = 4; // times its printed size
const STEP = 1.25;

/** The panel; `say` tells a screen reader, `opened` is called when the panel shows other quotes. */
export function evidencePanel({ phone, say, opened }) {
  let shown = { ids: [], at: 0 };
  let held = ""; // the evidence in the panel, as it was sent: a growing answer brings other quotes under the same ids
  let opener = null;
  let zoom = 0; // times its printed size; 0 fits the width

  const body = () => one("#panel .panel-body");
  const current = () => one("#panel .source:not([hidden])");

  function open(id, { sheet = false } = {}) {
    const evidence = document.getElementById(id)?.closest(".evidence");
    if (!evidence || !body()) return;
    const ids = all(".source", evidence).map((source) => source.id);
    const sent = all(".source", evidence).map((source) => source.outerHTML).join();
    if (sent !== held || !one(".source", body())) fill(evidence, sent);
    shown = { ids, at: ids.indexOf(id) };
    mark(id);
    if (sheet && phone.matches) openSheet();
    document.body.classList.add("quoted-now");
    resize();
    reveal();
    opened();
  }

  function fill(evidence, sent) {
    held = sent;
    const copy = evidence.cloneNode(true);
    one("#panel .count").textContent = one(".count", copy).textContent;
    one(".count", copy).remove();
    all(".source", copy).forEach((source) => {
      source.dataset.id = source.id;
      source.removeAttribute("id");
    });
    all("a.open-page", copy).forEach((link) => Object.assign(link, { target: "_blank", rel: "noopener" }));
    all(".frame", copy).forEach((frame) => {
      Object.assign(frame, { tabIndex: 0, role: "group", ariaLabel: one("img", frame).alt });
    });
    body().replaceChildren(...copy.childNodes);
  }

  function mark(id) {
    all(".source", body()).forEach((source) => (source.hidden = source.dataset.id !== id));
    all("a.cite, a.tab").forEach((link) => {
      const active = link.hash === `#${id}`;
      link.classList.toggle("active", active);
      if (active) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    const tab = one("a.tab.active", body());
    if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - 24;
    const words = one("#panel .of").textContent;
    one("#panel .place").textContent = words.replace("{}", shown.at + 1).replace("{}", shown.ids.length);
    one("#panel .previous").disabled = shown.at <= 0;
    one("#panel .next").disabled = shown.at >= shown.ids.length - 1;
  }

  /** Scroll to the marked words. */
  function reveal() {
    body().scrollTop = 0;
    const first = one(".source:not([hidden]) .mark", body());
    if (!first) return;
    const frame = first.closest(".frame");
    const [place, view] = [first.getBoundingClientRect(), frame.getBoundingClientRect()];
    frame.scrollLeft += place.left + Math.min(place.width, view.width) / 2 - (view.left + view.width / 2);
    const below = place.bottom - body().getBoundingClientRect().bottom + 70;
    if (below > 0) body().scrollTop = below + body().clientHeight * 0.15;
  }

  function step(by) {
    const id = shown.ids[shown.at + by];
    if (id) open(id);
  }

  function clear() {
    document.body.classList.remove("quoted-now");
    shown = { ids: [], at: 0 };
    held = "";
    const empty = document.createElement("div");
    empty.className = "empty";
    const words = document.createElement("p");
    words.textContent = one("#panel .none").textContent;
    empty.append(words);
    body()?.replaceChildren(empty);
    all("#panel .count, #panel .place").forEach((part) => (part.textContent = ""));
    all("#panel .previous, #panel .next").forEach((button) => (button.disabled = true));
  }

  // ---- zoom -----------------------------------------------------------------------------------------------------

  function printedWidth(page) {
    const points = parseFloat(page.style.aspectRatio);
    return (points || (one("img", page).naturalWidth * 72) / 132 || 595) * PX_PER_POINT;
  }

  function resize() {
    all("#panel .source").forEach((source) => {
      const page = one(".page", source);
      page.style.width = zoom ? `${Math.round(printedWidth(page) * zoom)}px` : "";
    });
    for (const [name, size] of [["fit", 0], ["actual", 1], ["double", 2]]) {
      one(`#panel .zoom .${name}`).setAttribute("aria-pressed", String(zoom === size));
    }
  }

  function scale(times, x, y) {
    const page = one(".page", current() ?? document.createElement("i"));
    if (!page) return;
    const frame = page.closest(".frame");
    const fit = frame.clientWidth / printedWidth(page);
    const before = page.getBoundingClientRect();
    const wanted = Math.min(MOST, (zoom || fit) * times);
    zoom = wanted <= fit ? 0 : wanted;
    resize();
    const after = page.getBoundingClientRect();
    frame.scrollLeft += after.left + ((x - before.left) / before.width) * after.width - x;
    body().scrollTop += after.top + ((y - before.top) / before.height) * after.height - y;
  }

  function scaleHere(times) {
    const spot = (one(".mark", current()) ?? one(".page", current())).getBoundingClientRect();
    scale(times, spot.left + spot.width / 2, spot.top + spot.height / 2);
    reveal();
  }

  function setZoom(size) {
    zoom = size;
    resize();
    reveal();
  }

  document.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey || !event.target.closest?.("#panel .frame")) return;
      event.preventDefault();
      scale(Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
    },
    { passive: false },
  );

  let spread = 0;
  const fingers = ({ touches: [a, b] }) => ({
    apart: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY),
    x: (a.clientX + b.clientX) / 2,
    y: (a.clientY + b.clientY) / 2,
  });
  const pinching = (event) => event.touches.length === 2 && event.target.closest?.("#panel .frame");
  document.addEventListener("touchstart", (event) => (spread = pinching(event) ? fingers(event).apart : 0), { passive: true });
  document.addEventListener(
    "touchmove",
    (event) => {
      if (!spread || !pinching(event)) return;
      event.preventDefault();
      const { apart, x, y } = fingers(event);
      scale(apart / spread, x, y);
      spread = apart;
    },
    { passive: false },
  );

  // ---- copy -----------------------------------------------------------------------------------------------------

  async function copy(button) {
    const source = button.closest(".source");
    const words = all(".reference span", source).map((line) => line.textContent).join("\n");
    const done = await copied(words, source);
    const said = one(done ? ".copied" : ".by-hand", source).textContent;
    say(said);
    if (!button.dataset.words) button.dataset.words = button.textContent;
    button.textContent = said;
    setTimeout(() => (button.textContent = button.dataset.words), 2500);
  }

  // Without leave to write to the clipboard the words are copied from a field, or stand there selected.
  async function copied(words, source) {
    try {
      await navigator.clipboard.writeText(words);
      return true;
    } catch {
      one("textarea.to-copy", source)?.remove();
      const field = document.createElement("textarea");
      Object.assign(field, { className: "to-copy", readOnly: true, value: words, ariaLabel: one(".copy", source).textContent });
      one(".tools", source).after(field);
      field.focus({ preventScroll: true });
      field.select();
      if (!document.execCommand("copy")) return false;
      field.remove();
      one(".copy", source).focus({ preventScroll: true });
      return true;
    }
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

  const buttons = {
    previous: () => step(-1),
    next: () => step(1),
    close: closeSheet,
    fit: () => setZoom(0),
    actual: () => setZoom(1),
    double: () => setZoom(2),
    zoom_in: () => scaleHere(STEP),
    zoom_out: () => scaleHere(1 / STEP),
    copy,
  };

  return {
    open,
    step,
    clear,
    closeSheet,
    /** Id of the citation that is shown. */
    shownId: () => shown.ids[shown.at],
    /** Whether a click was on one of the panel's buttons. */
    clicked(target) {
      const button = target.closest("#panel button");
      const name = button && Object.keys(buttons).find((known) => button.classList.contains(known));
      if (name) buttons[name](button);
      return Boolean(name);
    },
  };
}
