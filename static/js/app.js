// Everything here only makes quicker what works without it.
import { initAll } from "../build/govuk-frontend.min.js";

document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) {
  document.body.classList.add("govuk-frontend-supported");
}
initAll();

// htmx: the CSRF token of the page goes with every change, and new pieces come alive.
document.body.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("[name=csrfmiddlewaretoken]");
  if (token && event.detail.verb !== "get") {
    event.detail.headers["X-CSRFToken"] = token.value;
  }
});
document.body.addEventListener("htmx:afterSettle", (event) => initAll({ scope: event.target }));

// Levels of a question: a digit chooses, but only while the list has the focus (WCAG 2.1.4).
document.addEventListener("keydown", (event) => {
  const cards = event.target.closest?.("[data-levels]");
  if (!cards || event.ctrlKey || event.metaKey || event.altKey) return;
  const choice = /^[0-9]$/.test(event.key) && cards.querySelector(`input[value="${event.key}"]`);
  if (choice) {
    event.preventDefault();
    choice.checked = true;
    choice.focus();
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

// "Saved 10 seconds ago": <p data-saved="ISO time" data-saved-text="Saved %s">, counted on quietly.
const units = [["second", 60], ["minute", 60], ["hour", 24], ["day", 1e9]];
function ago(milliseconds) {
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  let value = Math.max(0, Math.round(milliseconds / 1000));
  for (const [unit, size] of units) {
    if (value < size) return words.format(-value, unit);
    value = Math.floor(value / size);
  }
}
function countSaved() {
  for (const note of document.querySelectorAll("[data-saved]")) {
    const shown = note.querySelector("[data-saved-ago]");
    if (shown) shown.textContent = ago(Date.now() - Date.parse(note.dataset.saved));
  }
}
countSaved();
setInterval(countSaved, 10000);

// A second click on the button of a form that is on its way sends nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  form.setAttribute("aria-busy", "true");
});
// A page that the browser brings back from memory may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});

// "Choose all rows" of a list.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-select-all]")) return;
  for (const box of event.target.form.querySelectorAll('[name="selected"]')) box.checked = event.target.checked;
});

// A table that is wider than the window can be scrolled with the keyboard too.
function reachScrollers() {
  for (const box of document.querySelectorAll(".app-scroll")) {
    const name = box.querySelector("caption")?.textContent.trim();
    if (box.scrollWidth <= box.clientWidth) {
      for (const attribute of ["tabindex", "role", "aria-label"]) box.removeAttribute(attribute);
    } else {
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      if (name) box.setAttribute("aria-label", name);
    }
  }
}
reachScrollers();
window.addEventListener("resize", reachScrollers);

// <button data-print> prints the page.
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-print]")) window.print();
});

// <button data-copy="id of a field" data-copied="word"> copies the field and says so. Such buttons show with scripts only.
for (const group of document.querySelectorAll("[data-needs-script]")) group.hidden = false;
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  await navigator.clipboard?.writeText(field.value);
  button.textContent = button.dataset.copied;
});

// Signing out leaves nothing of a visit on a shared tablet (moderation.js keeps what is not sent yet).
document.addEventListener("submit", (event) => {
  if (!event.target.action?.endsWith("/logout/")) return;
  const who = document.querySelector("[data-signed-in]")?.dataset.signedIn;
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith(`visit:${who}:`)) localStorage.removeItem(name);
  }
});
