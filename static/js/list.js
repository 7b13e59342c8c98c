// Lists: the bar of acts appears once rows are picked; a picked row is marked.
"use strict";

for (const part of document.querySelectorAll("[data-needs-pick]")) part.hidden = true;

document.addEventListener("change", (event) => {
  const box = event.target;
  if (!box.matches("td.pick input, [data-pick-all]")) return;
  for (const row of box.closest("table").querySelectorAll("tbody tr")) {
    const own = row.querySelector("td.pick input");
    row.classList.toggle("picked", Boolean(own && own.checked));
  }
});

// Shift picks a range.
let last = null;
document.addEventListener("click", (event) => {
  const box = event.target;
  if (!box.matches("td.pick input")) return;
  const all = [...box.closest("table").querySelectorAll("td.pick input")];
  if (event.shiftKey && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const one of all.slice(from, to + 1)) one.checked = box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
  last = box;
});

// A street chosen: its communities are loaded by asking for the list again.
document.addEventListener("change", (event) => {
  const select = event.target;
  if (!select.matches("form.filters select[name=street]")) return;
  const community = select.form.querySelector("select[name=community]");
  if (community) community.value = "";
});
