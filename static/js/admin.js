// Data entry: the boxes that search other tables carry the names of their fields.
"use strict";

(() => {
  function name(select) {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const box = select.parentElement.querySelector(".select2-selection");
    const shown = box && box.querySelector(".select2-selection__rendered");
    if (!label || !shown) return;
    label.id = label.id || `${select.id}_label`;
    box.setAttribute("aria-labelledby", `${label.id} ${shown.id}`);
    shown.setAttribute("aria-label", `${label.textContent.trim()} ${shown.textContent.trim()}`);
  }

  // The boxes are built when the document is ready; by now they stand.
  window.addEventListener("load", () => {
    for (const select of document.querySelectorAll("select.admin-autocomplete")) {
      name(select);
      const parent = select.parentElement;
      new MutationObserver(() => name(select)).observe(parent, { childList: true, subtree: true });
    }
  });
  // The field to type in appears when a box is opened.
  document.addEventListener("focusin", (event) => {
    if (!event.target.matches(".select2-search__field")) return;
    const open = document.querySelector(".select2-container--open .select2-selection__rendered");
    if (open) event.target.setAttribute("aria-label", open.getAttribute("aria-label"));
  });
})();
