// The wall screen: a refresh that brings no figures is not shown; the screen says that it is old.
"use strict";

document.addEventListener("htmx:beforeSwap", (event) => {
  const answer = event.detail.serverResponse || "";
  if (!answer.includes("data-wall-time")) event.detail.shouldSwap = false;
});

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout", "htmx:beforeSwap"]) {
  document.addEventListener(name, (event) => {
    const late = name !== "htmx:beforeSwap" || !event.detail.shouldSwap;
    for (const notice of document.querySelectorAll("[data-wall-stale]")) notice.hidden = !late;
  });
}
