"use strict";
(() => {
  const form = document.getElementById("filters");
  const rows = [...document.querySelectorAll("table.questions tbody tr")];
  const [find, kind, status, problems, shown] = ["find", "kind", "status", "problems", "shown"].map(
    (id) => document.getElementById(id));
  const texts = rows.map((row) => row.textContent.toLowerCase());

  function filter() {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    rows.forEach((row, at) => {
      const fits = (!kind.value || row.dataset.kind === kind.value)
        && (!status.value || row.dataset.status === status.value)
        && (!problems.checked || row.dataset.problem === "yes")
        && words.every((word) => texts[at].includes(word));
      row.hidden = !fits;
      count += fits;
    });
    shown.textContent = `${count} of ${rows.length}`;
  }

  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
})();
