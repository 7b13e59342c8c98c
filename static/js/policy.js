// Comfort for the policy editor: rows are drawn again without leaving the place on the page.
// Without this file every button submits the form and the server draws the whole page.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form.policy");
  if (!form) return;
  form.classList.add("has-script");

  async function redraw(act) {
    const sent = new FormData(form);
    sent.set("do", act);
    const answer = await fetch(form.action || location.href, { method: "POST", body: sent, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const rows = page.getElementById("rules");
    if (!answer.ok || !rows) return false;
    const focused = document.activeElement && document.activeElement.id;
    document.getElementById("rules").replaceWith(rows);
    const target = rows.querySelector("[autofocus]") || (focused && document.getElementById(focused));
    if (target) target.focus();
    return true;
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-part]");
    if (!button) return;
    event.preventDefault();
    redraw(button.value).catch(() => form.requestSubmit(button));
  });

  form.addEventListener("change", (event) => {
    if (event.target.matches("select[data-fact]")) redraw("refresh");
  });
});
