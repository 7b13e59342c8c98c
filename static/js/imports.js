// data-drop: a file dropped on the target is put into its file field, which names it.
"use strict";

for (const target of document.querySelectorAll("[data-drop]")) {
  const field = target.querySelector("input[type=file]");
  const name = target.querySelector("[data-drop-name]");
  const show = () => { name.hidden = field.files.length > 0; };
  target.addEventListener("dragover", (event) => { event.preventDefault(); target.classList.add("over"); });
  target.addEventListener("dragleave", () => target.classList.remove("over"));
  target.addEventListener("drop", (event) => {
    event.preventDefault();
    target.classList.remove("over");
    if (event.dataTransfer.files.length) { field.files = event.dataTransfer.files; show(); }
  });
  field.addEventListener("change", show);
}
