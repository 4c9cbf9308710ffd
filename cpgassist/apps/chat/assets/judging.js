// What a reader says of an answer or of a quote, and the files an answer is saved as.
// The thread is drawn anew with every answer, so what was said is remembered here and put back.

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

const REASONS = ["wrong_page", "unsafe", "incomplete"];
const spoken = (name) => name.replace("_", " ");

/** `say` tells a screen reader. */
export function judging({ say }) {
  const said = new Map(); // key of an answer: {verdict, reasons, quotes, note, open, trouble, saving}

  const about = (key) => {
    if (!said.has(key)) said.set(key, { verdict: null, reasons: new Set(), quotes: new Set(), note: "", open: false });
    return said.get(key);
  };
  const keyOf = (section) => section?.id.replace(/^a-/, "") ?? "";
  const place = (source) => (source.dataset.id ?? source.id).match(/^e-(\d+)-(\d+)$/);
  const keyOfSource = (source) => keyOf(one(`#turn-${place(source)[1]} .actions[id]`));

  // ---- showing what was said ------------------------------------------------------------------------------------

  function press(button, on) {
    if (button.getAttribute("aria-pressed") !== String(on)) button.setAttribute("aria-pressed", String(on));
  }

  function restore() {
    for (const section of all("#thread .actions[id]")) {
      const now = about(keyOf(section));
      press(one(".up", section), now.verdict === "helpful");
      press(one(".down", section), now.verdict === "not helpful");
      REASONS.forEach((name) => press(one(`.reason.${name}`, section), now.reasons.has(name)));
      one(".reasons", section).hidden = now.verdict !== "not helpful";
      one(".formats", section).hidden = !now.open;
      one(".export", section).setAttribute("aria-expanded", String(now.open));
      for (const name of ["thanks", "taken-back", "saving", "trouble"]) one(`.${name}`, section).hidden = now.note !== name;
      const trouble = one(".trouble", section);
      if (now.trouble && now.note === "trouble" && trouble.textContent !== now.trouble) trouble.textContent = now.trouble;
    }
    for (const source of all("#panel .source")) {
      const button = one(".unsupported", source);
      const key = button && keyOfSource(source);
      if (button) button.hidden = !key;
      if (key) press(button, about(key).quotes.has(Number(place(source)[2])));
    }
  }

  function note(key, name, trouble = "") {
    Object.assign(about(key), { note: name, trouble });
    restore();
    const shown = name && one(`#a-${CSS.escape(key)} .${name}`);
    if (shown) say(shown.textContent);
  }

  // ---- saying it ------------------------------------------------------------------------------------------------

  async function tell(key, verdict, reasons = [], citation = 0) {
    try {
      const reply = await fetch(`/feedback/${encodeURIComponent(key)}`, {
        method: "PUT",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ verdict, reasons, citation }),
      });
      if (reply.ok) return true;
      const told = await reply.json();
      note(key, "trouble", `${told.message} ${told.next_step}`.trim());
    } catch {
      note(key, "trouble");
    }
    return false;
  }

  async function judge(key, verdict) {
    const now = about(key);
    const wanted = now.verdict === verdict ? null : verdict;
    if (!(await tell(key, wanted))) return;
    now.verdict = wanted;
    now.reasons.clear();
    note(key, wanted ? "thanks" : "taken-back");
    one(`#a-${CSS.escape(key)}`)?.scrollIntoView({ block: "nearest" });
  }

  async function because(key, name) {
    const now = about(key);
    const wanted = new Set(now.reasons);
    if (!wanted.delete(name)) wanted.add(name);
    if (!(await tell(key, "not helpful", [...wanted].map(spoken)))) return;
    now.reasons = wanted;
    note(key, "thanks");
  }

  async function unsupported(source) {
    const [key, n] = [keyOfSource(source), Number(place(source)[2])];
    const { quotes } = about(key);
    const before = quotes.has(n);
    if (!(await tell(key, before ? null : "unsupported quote", [], n))) return;
    if (before) quotes.delete(n);
    else quotes.add(n);
    note(key, before ? "taken-back" : "thanks");
  }

  // ---- saving an answer -----------------------------------------------------------------------------------------

  async function save(link) {
    const key = keyOf(link.closest(".actions"));
    note(key, "saving");
    try {
      const reply = await fetch(link.getAttribute("href"));
      if (!reply.ok) return note(key, "trouble", (await reply.json()).message);
      const file = document.createElement("a");
      file.href = URL.createObjectURL(await reply.blob());
      file.download = reply.headers.get("Content-Disposition")?.match(/filename="([^"]+)"/)?.[1] ?? "answer";
      file.click();
      setTimeout(() => URL.revokeObjectURL(file.href), 60000);
      about(key).open = false;
      note(key, "");
    } catch {
      note(key, "trouble", one(".trouble", link.closest(".actions")).textContent);
    }
  }

  function toggleExport(key) {
    about(key).open = !about(key).open;
    restore();
    if (about(key).open) one(`#a-${CSS.escape(key)} a.save`).focus();
  }

  return {
    restore,
    keyOf: (turn) => keyOf(one(".actions[id]", turn)),
    /** Whether a click was on something of this. */
    clicked(target, event) {
      const link = target.closest("a.save");
      if (link) {
        event.preventDefault();
        save(link);
        return true;
      }
      const button = target.closest("button");
      if (button?.matches("#panel .unsupported")) return unsupported(button.closest(".source")), true;
      const key = keyOf(button?.closest("#thread .actions[id]"));
      if (!key) return false;
      if (button.matches(".up")) judge(key, "helpful");
      else if (button.matches(".down")) judge(key, "not helpful");
      else if (button.matches(".export")) toggleExport(key);
      else if (button.matches(".reason")) because(key, REASONS.find((name) => button.classList.contains(name)));
      else return false;
      return true;
    },
  };
}
