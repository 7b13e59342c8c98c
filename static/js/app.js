// Small behaviours bound by data attributes; every page works without them.
"use strict";

// Menus close when another place is clicked or Escape is pressed.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// data-submit-on-change: a select that applies itself.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});

// data-print: the print button.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// data-pick-all: the box that picks every row of its table; data-picked shows how many.
document.addEventListener("change", (event) => {
  const box = event.target;
  if (!box.matches("td.pick input, [data-pick-all]")) return;
  const table = box.closest("table");
  const rows = [...table.querySelectorAll("td.pick input")];
  if (box.matches("[data-pick-all]")) rows.forEach((row) => { row.checked = box.checked; });
  const picked = rows.filter((row) => row.checked).length;
  for (const place of document.querySelectorAll("[data-picked]")) place.textContent = picked;
  for (const part of document.querySelectorAll("[data-needs-pick]")) part.hidden = picked === 0;
  sumPicked(table);
});

// data-picked-sum: the yuan of the rows ticked (data-amount), in fen so that none is lost.
function sumPicked(table) {
  const place = table.querySelector("[data-picked-sum]");
  if (!place) return;
  let fen = 0;
  for (const row of table.querySelectorAll("tr[data-amount]")) {
    if (row.querySelector("td.pick input").checked) fen += Math.round(row.dataset.amount * 100);
  }
  const two = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  place.textContent = (fen / 100).toLocaleString("en-US", two);
}
document.querySelectorAll("[data-picked-sum]").forEach((place) => sumPicked(place.closest("table")));

// A table wider than its place can be scrolled with the keyboard as well.
function reachable() {
  for (const place of document.querySelectorAll(".table-scroll")) {
    const overflows = place.scrollWidth > place.clientWidth || place.scrollHeight > place.clientHeight;
    if (overflows && !place.querySelector("a, button, input, select, textarea, summary")) {
      place.tabIndex = 0;
      place.setAttribute("role", "region");
      place.setAttribute("aria-label", place.querySelector("caption")?.textContent ?? document.title);
    } else place.removeAttribute("tabindex");
  }
}
reachable();
window.addEventListener("resize", reachable);
