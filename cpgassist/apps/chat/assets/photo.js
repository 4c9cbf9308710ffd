// The card of a photo: chosen, described, corrected by hand, and only then searched with.
// A photo stays in this page's memory and goes to this server in one request; its words come from the server.

const el = (tag, about = {}, ...inside) => {
  const made = Object.assign(document.createElement(tag), about);
  made.append(...inside);
  return made;
};
const button = (words, act, about = {}) => {
  const made = el("button", { type: "button", ...about }, words);
  made.addEventListener("click", act);
  return made;
};
const filled = (words, ...values) => values.reduce((said, value) => said.replace("{}", value), words);

const PREVIEW = 220;

/** The card; `chat` can `put` text into a field, `send` the question, and say what is wrong with one (`problem`). */
export function photoCard(chat) {
  let about = null; // what GET /photos says
  let card = null; // its elements
  let photos = []; // {file, picture}
  let described = null; // what the model saw, or {} for a card that is filled by hand
  let asking = null; // the request that describes
  let sending = false; // "Search with these" was pressed, and the question is on its way
  let sent = false;

  const words = () => about.words;
  const opener = () => document.querySelector("#photo");
  const isOpen = () => Boolean(card && !card.all.hidden);

  // ---- the card -------------------------------------------------------------------------------------------------

  async function load() {
    if (about) return true;
    try {
      const reply = await fetch("/photos", { headers: { Accept: "application/json" } });
      const told = await reply.json();
      if (!reply.ok) throw new Error();
      about = told;
      build();
    } catch {
      chat.note([chat.told("no_card"), chat.told("no_card_next")]);
    }
    return Boolean(about);
  }

  function build() {
    const w = words();
    const part = {};
    part.input = el("input", { type: "file", multiple: true, hidden: true, id: "photo-files" });
    // Phones offer their camera for pictures alone.
    part.input.accept = matchMedia("(pointer: coarse)").matches ? "image/*" : "image/*,.dcm,.dicom";
    part.input.addEventListener("change", () => take([...part.input.files]));
    part.title = el("h2", { id: "photo-title", tabIndex: -1 }, w.title);
    part.shots = el("ul", { className: "shots" });
    part.choose = button(w.choose, () => part.input.click(), { className: "choose" });
    part.pairs = el("input", { type: "checkbox", id: "photo-pairs" });
    part.pairs.addEventListener("change", show);
    part.pairing = el("label", { className: "pairs" }, part.pairs, ` ${w.pairs}`);
    part.where = el("p", { className: "where" }, about.where);
    part.describe = button(w.describe, describe, { className: "describe primary" });
    part.hand = button(about.sees ? w.instead : w.by_hand, () => fill({}), { className: "by-hand" });
    part.status = el("p", { className: "status" });
    part.status.setAttribute("role", "status");
    part.stop = button(w.stop, () => asking?.abort(), { className: "stop" });
    part.error = el("div", { className: "problem" });
    part.error.setAttribute("role", "alert");
    part.form = el("div", { className: "seen" });
    part.all = el(
      "section",
      { id: "photo-card", hidden: true },
      el("div", { className: "card-head" }, part.title, button(w.discard, discard, { className: "discard" })),
      el("div", { className: "tools" }, part.shots, part.choose, part.pairing, part.input),
      part.where,
      el("div", { className: "to-do" }, part.describe, part.hand, part.status, part.stop),
      part.error,
      part.form,
    );
    part.all.setAttribute("aria-labelledby", "photo-title");
    document.querySelector("#composer").before(part.all);
    card = part;
  }

  function show() {
    const w = words();
    card.shots.replaceChildren(...photos.map(shot));
    const even = photos.length > 0 && photos.length % 2 === 0;
    card.pairing.hidden = !even || Boolean(described);
    card.choose.textContent = photos.length ? w.more : w.choose;
    // what was described stays what it was
    const fixed = Boolean(asking) || Boolean(described?.key);
    card.choose.hidden = fixed || photos.length >= about.most_photos;
    card.describe.hidden = !about.sees || !photos.length || Boolean(described) || Boolean(asking);
    card.hand.hidden = Boolean(described) || Boolean(asking);
    card.stop.hidden = !asking;
    card.status.textContent = asking ? w.describing : "";
    card.form.hidden = !described;
    card.all.classList.toggle("described", Boolean(described));
    card.where.hidden = Boolean(described);
    card.all.setAttribute("aria-busy", String(Boolean(asking)));
    for (const control of card.all.querySelectorAll(".shots button")) control.hidden = fixed;
    card.pairs.disabled = fixed;
    opener()?.setAttribute("aria-expanded", String(isOpen()));
  }

  const paired = () => card.pairs.checked && photos.length % 2 === 0;

  function called(at) {
    const w = words();
    if (!paired()) return `${w.photo} ${at + 1}`;
    const pair = photos.length > 2 ? ` ${Math.floor(at / 2) + 1}` : "";
    return `${at % 2 ? w.after : w.before}${pair}`;
  }

  function shot(photo, at) {
    const w = words();
    const name = called(at);
    const tools = [
      button("✕", () => drop(at), { className: "remove", ariaLabel: filled(w.remove, name), title: filled(w.remove, name) }),
    ];
    if (at) {
      tools.unshift(
        button("‹", () => forward(at), { className: "earlier", ariaLabel: filled(w.earlier, name), title: filled(w.earlier, name) }),
      );
    }
    photo.picture.setAttribute("aria-label", name);
    return el("li", {}, photo.picture, el("div", { className: "caption" }, el("span", {}, name), ...tools));
  }

  function drop(at) {
    photos.splice(at, 1);
    show();
    card.choose.focus();
  }

  function forward(at) {
    photos.splice(at - 1, 2, photos[at], photos[at - 1]);
    show();
  }

  // ---- choosing -------------------------------------------------------------------------------------------------

  async function open() {
    if (!(await load())) return;
    chat.note(null);
    const first = !isOpen() && !photos.length && !described;
    card.all.hidden = false;
    show();
    if (first) card.input.click();
    card.title.focus({ preventScroll: true });
  }

  /** The picture that is offered as an example, chosen as if by hand; nobody but the reader has it described. */
  async function openExample() {
    if (!(await load())) return;
    chat.note(null);
    card.all.hidden = false;
    show();
    if (described || asking || photos.length) return card.title.focus({ preventScroll: true });
    const reply = await fetch("/photos/example").catch(() => null);
    if (!reply?.ok) return problem(words().lost, "");
    const picture = await reply.blob();
    await take([new File([picture], "example.png", { type: picture.type })]);
  }

  async function take(files) {
    card.input.value = "";
    problem(null);
    for (const file of files) {
      if (photos.length >= about.most_photos) {
        problem(filled(words().too_many, about.most_photos), words().too_many_next);
        break;
      }
      if (file.size > about.most_bytes) {
        problem(filled(words().too_large, Math.floor(about.most_bytes / 1048576)), words().too_large_next);
        continue;
      }
      photos.push({ file, picture: await preview(file) });
    }
    show();
    (card.describe.hidden ? card.hand : card.describe).focus({ preventScroll: true });
  }

  // Drawn, not linked: the page's policy then need not let pictures come from anywhere but this server.
  async function preview(file) {
    try {
      const bitmap = await createImageBitmap(file);
      const scale = Math.min(1, PREVIEW / Math.max(bitmap.width, bitmap.height));
      const canvas = el("canvas", { width: Math.ceil(bitmap.width * scale), height: Math.ceil(bitmap.height * scale) });
      canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      bitmap.close();
      canvas.setAttribute("role", "img");
      return canvas;
    } catch {
      const none = el("div", { className: "no-preview" }, words().no_preview);
      none.setAttribute("role", "img");
      return none;
    }
  }

  // ---- describing -----------------------------------------------------------------------------------------------

  async function describe() {
    problem(null);
    asking = new AbortController();
    show();
    card.stop.focus();
    const files = photos.map((photo) => photo.file);
    const query = new URLSearchParams({ sizes: files.map((file) => file.size).join(), pairs: String(paired()) });
    try {
      const reply = await fetch(`/photos?${query}`, {
        method: "POST",
        headers: { "Content-Type": "application/octet-stream" },
        body: new Blob(files),
        signal: asking.signal,
      });
      const told = await reply.json();
      asking = null;
      if (!reply.ok) problem(told.message, told.next_step);
      else if (told.refused) problem(`${words().cannot} ${told.refused}`, words().cannot_next, told.notes);
      else return fill(told);
    } catch (error) {
      const stopped = error.name === "AbortError";
      problem(stopped ? words().stopped : words().lost, stopped ? "" : words().lost_next);
    }
    asking = null;
    show();
    card.describe.focus();
  }

  function problem(said, next = "", notes = []) {
    card.error.replaceChildren();
    if (!said) return;
    card.error.append(el("b", {}, said), ` ${next}`, ...(notes || []).map((one) => el("p", {}, one)));
  }

  // ---- the findings ---------------------------------------------------------------------------------------------

  function field(name, value) {
    const input = el("input", { type: "text", value: value || "", maxLength: about.longest_item, name, autocomplete: "off" });
    return el("label", { className: "field" }, el("span", {}, words()[`field_${name}`]), input);
  }

  function line(finding = { text: "", certainty: "" }, at) {
    const w = words();
    const unsure = finding.certainty === "possible";
    const tick = el("input", { type: "checkbox", checked: !unsure, ariaLabel: filled(w.use, at) });
    const text = el("input", {
      type: "text", value: finding.text, maxLength: about.longest_item, ariaLabel: filled(w.finding, at), autocomplete: "off",
    });
    text.addEventListener("input", () => (tick.checked = Boolean(text.value.trim())));
    text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      const next = text.closest("li").nextElementSibling;
      if (next) next.querySelector("input[type=text]").focus();
      else add();
    });
    const sure = finding.certainty ? [el("span", { className: "certainty", title: unsure ? w.possible : "" }, w[`certainty_${finding.certainty}`] ?? finding.certainty)] : [];
    if (unsure) sure.push(el("span", { className: "sr" }, w.possible));
    return el("li", {}, tick, text, ...sure);
  }

  const lines = () => [...card.form.querySelectorAll(".items > li")];

  function add() {
    const items = card.form.querySelector(".items");
    if (lines().length >= about.most_items) return;
    const made = line(undefined, lines().length + 1);
    items.append(made);
    made.querySelector("input[type=text]").focus();
  }

  function fill(told) {
    const w = words();
    const byModel = Boolean(told.key);
    described = told;
    problem(null);
    const items = told.findings?.length ? told.findings : [undefined];
    const limits = told.limitations ? [el("dt", {}, w.field_limitations), el("dd", {}, told.limitations)] : [];
    const notes = (told.notes || []).flatMap((note) => [el("dt", {}, w.notes), el("dd", {}, note)]);
    const set = el(
      "fieldset", {},
      el("legend", {}, w.field_items),
      el("ul", { className: "items" }, ...items.map((item, at) => line(item, at + 1))),
      button(w.add, add, { className: "add" }),
    );
    card.form.replaceChildren(
      el("h3", { tabIndex: -1 }, w.findings),
      el("p", { className: "label" }, byModel ? about.by_model : about.by_user),
      el("p", { className: "hint" }, byModel ? w.check : w.fill),
      el("div", { className: "fields" }, field("image_type", told.image_type), field("anatomy", told.anatomy)),
      set,
      ...(limits.length || notes.length ? [el("dl", {}, ...limits, ...notes)] : []),
      el("div", { className: "foot" }, button(w.search, search, { className: "search primary" })),
    );
    show();
    card.form.querySelector("h3").focus({ preventScroll: true });
    card.all.scrollTop = 0;
    if (!byModel) card.form.querySelector(".items input[type=text]").focus({ preventScroll: true });
  }

  function confirmed() {
    const items = lines()
      .filter((one) => one.querySelector("input[type=checkbox]").checked)
      .map((one) => one.querySelector("input[type=text]").value.trim())
      .filter(Boolean);
    const [image_type, anatomy] = ["image_type", "anatomy"].map((name) => card.form.querySelector(`[name=${name}]`).value);
    return { key: described.key || "", items, image_type, anatomy };
  }

  function search() {
    const told = confirmed();
    if (!told.items.length) return problem(words().empty, words().empty_next);
    const found = chat.problem([...told.items, told.image_type, told.anatomy].join("\n"));
    if (found) return problem(...found);
    problem(null);
    chat.put(document.querySelector("#confirmed textarea"), JSON.stringify(told));
    sending = true;
    chat.send();
  }

  // ---- the end of it --------------------------------------------------------------------------------------------

  function discard() {
    asking?.abort();
    if (described?.key) fetch(`/photos/${encodeURIComponent(described.key)}`, { method: "DELETE" }).catch(() => {});
    reset();
    opener()?.focus();
  }

  function reset() {
    if (!card) return;
    for (const { picture } of photos) if (picture instanceof HTMLCanvasElement) picture.width = picture.height = 0;
    [photos, described, asking, sending, sent] = [[], null, null, false, false];
    card.pairs.checked = false;
    card.form.replaceChildren();
    problem(null);
    hide();
    chat.put(document.querySelector("#confirmed textarea"), "");
  }

  function hide() {
    card.all.hidden = true;
    show();
  }

  return {
    open,
    openExample,
    /** Words against sending the question now, because a photo's findings are not confirmed; null for none. */
    blocks: () => (isOpen() && !sending ? [words().waiting, words().waiting_next] : null),
    /** Whether the question goes with findings, and may be empty. */
    sending: () => sending,
    sent: () => void ([sent, sending] = [sending, false]),
    /** The question stands in the chat. */
    asked() {
      if (!sent) return;
      sent = false;
      hide();
    },
    /** Its answer stands there, too; after an error the findings are kept for another try. */
    answered: (failed) => void (!failed && card?.all.hidden && reset()),
    /** Show the findings of a question that failed. */
    again: () => described && open(),
    clear: () => card && discard(),
    /** The card is made anew, in the language of the screen, when it is opened next; one with a photo stays. */
    retell() {
      if (described || photos.length) return;
      card?.all.remove();
      [about, card] = [null, null];
    },
  };
}
