// data-drop: a file dropped on the target is put into its file field.
"use strict";

for (const target of document.querySelectorAll("[data-drop]")) {
  const field = target.querySelector("input[type=file]");
  const name = target.querySelector("[data-drop-name]");
  const show = () => { if (field.files.length) name.textContent = field.files[0].name; };
  target.addEventListener("dragover", (event) => { event.preventDefault(); target.classList.add("over"); });
  target.addEventListener("dragleave", () => target.classList.remove("over"));
  target.addEventListener("drop", (event) => {
    event.preventDefault();
    target.classList.remove("over");
    if (event.dataTransfer.files.length) { field.files = event.dataTransfer.files; show(); }
  });
  field.addEventListener("change", show);
}
