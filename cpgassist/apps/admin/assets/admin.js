// The admin page's behaviour in the browser: files are sent, actions on them asked for, pages shown, the way out.
// What the server says is only ever shown as textContent.
(() => {
  const THEME = "cpgassist-theme";
  const ASKS = {
    "take-out": () => `Take ${one("#removed input")?.value || "the file"} out of the corpus? It is moved, not destroyed.`,
    "stop-job": () => "Stop this job? The index in service stays as it is.",
    rollback: () => "Put the version before back into service? Answers come from it at once.",
    shrink: () => "Accept an index with over 20 % fewer passages?",
  };
  const HERE_SECONDS = 60;
  const SAID_SECONDS = 15;

  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // ---- talking to the server --------------------------------------------------------------------------------------

  function leave() {
    window.location.assign("/admin/login");
  }

  function say(words, kind = "good") {
    const place = one("#said");
    if (!place) return;
    let box = one(".saying", place);
    if (!box) {
      box = document.createElement("div");
      box.className = "saying";
      box.setAttribute("role", "status");
      place.append(box);
    }
    const line = document.createElement("p");
    line.className = `note ${kind}`;
    line.textContent = words;
    box.replaceChildren(line);
    if (kind !== "error") window.setTimeout(() => line.remove(), SAID_SECONDS * 1000);
  }

  async function post(address, body) {
    const headers = body ? { "Content-Type": "application/octet-stream" } : {};
    try {
      const answer = await fetch(address, { method: "POST", body, headers });
      if (answer.status === 401) return leave();
      const told = await answer.json();
      if (answer.ok) say(told.said);
      else say([told.message ?? told.detail ?? "That did not work.", told.next_step].filter(Boolean).join(" "), "error");
    } catch {
      say("The server did not answer. Is it running?", "error");
    }
    nudge();
  }

  function nudge() {
    one("#nudge")?.click();
  }

  // ---- files ------------------------------------------------------------------------------------------------------

  // One after the other: the server reads one at a time, and a phone has one line.
  async function sendPdfs(files) {
    for (const [at, file] of [...files].entries()) {
      say(`Sending ${file.name} (${at + 1} of ${files.length}) …`, "plain");
      await post(`/admin/uploads?name=${encodeURIComponent(file.name)}`, file);
    }
  }

  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.type !== "file" || !input.files.length) return;
    if (input.id === "files") sendPdfs([...input.files]);
    if (input.id === "question-file") {
      const [file] = input.files;
      post(`/admin/questions?name=${encodeURIComponent(file.name)}`, file);
    }
    input.value = "";
  });

  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
      event.preventDefault(); // a file that misses the place must not replace the page
      const place = event.target.closest?.("#drop");
      one("#drop")?.classList.toggle("over", kind === "dragover" && Boolean(place));
      if (kind === "drop" && place) sendPdfs(event.dataTransfer.files);
    });
  }

  // ---- clicks -----------------------------------------------------------------------------------------------------

  function showPage(link) {
    const body = one("#shown .body");
    const picture = document.createElement("img");
    picture.src = link.getAttribute("href");
    picture.alt = `What was read of this page: ${link.title || link.textContent}`;
    picture.addEventListener("error", () => {
      const sorry = document.createElement("p");
      sorry.textContent = "The page cannot be drawn: it could not be read, or its file has changed.";
      picture.replaceWith(sorry);
    });
    const about = document.createElement("p");
    about.className = "about";
    about.textContent = link.title;
    body.replaceChildren(about, picture);
    const [, guideline, page] = link.getAttribute("href").match(/shown\/([^/]+)\/(\d+)/) ?? [];
    one("#shown .which").textContent = guideline ? `${decodeURIComponent(guideline)}, page ${page}` : "";
    all(".cell.now").forEach((cell) => cell.classList.remove("now"));
    link.classList.add("now");
    document.body.dataset.sheet = "open";
    one("#shown .close")?.focus({ preventScroll: true });
  }

  function closePage() {
    delete document.body.dataset.sheet;
    one(".cell.now")?.focus();
  }

  document.addEventListener(
    "click",
    (event) => {
      const target = event.target instanceof Element ? event.target : null;
      if (!target) return;
      const asked = target.closest(Object.keys(ASKS).map((id) => `#${id}`).join());
      if (asked && !window.confirm(ASKS[asked.id]())) {
        event.preventDefault();
        return event.stopImmediatePropagation();
      }
      const action = target.closest("button.act");
      if (action) {
        action.disabled = true;
        return post(`/admin/uploads/${encodeURIComponent(action.value)}/${encodeURIComponent(action.name)}`);
      }
      const link = target.closest('#maps a[href^="/admin/shown/"]');
      if (link && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        return showPage(link);
      }
      if (target.closest("#shown .close")) return closePage();
      if (target.closest("button.logout")) return fetch("/admin/logout", { method: "POST" }).finally(leave);
      if (target.closest("button.theme")) {
        const dark = document.body.classList.toggle("dark");
        localStorage.setItem(THEME, dark ? "dark" : "light");
      }
    },
    true,
  );

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.dataset.sheet) closePage();
  });

  // ---- a session that has ended -----------------------------------------------------------------------------------

  async function here() {
    if (document.hidden) return;
    const answer = await fetch("/admin/here").catch(() => null);
    if (answer?.status === 401) leave();
  }
  document.addEventListener("visibilitychange", here);
  window.setInterval(here, HERE_SECONDS * 1000);

  const kept = localStorage.getItem(THEME);
  if (kept) document.body.classList.toggle("dark", kept === "dark");
})();
