// The visit sheet without a connection: each change is kept in this browser at once and sent part by part when it can
// be. The server checks each part as the page's one button would; nothing here decides what is right.
const sheet = document.querySelector("form[data-visit]");
const RETRY = 5000;
const words = (name, count) => (sheet.dataset[`words${name}`] || "").replace("%s", count ?? "");

function start() {
  const key = `visit:${sheet.dataset.user}:${sheet.dataset.visit}:`;
  const kept = {}; // part -> its fields as they stand, as long as the server has not said that it has them
  const marks = new Map(); // part -> "sending", "clash", "refused", "back"
  const refused = new Map(); // part -> what the server has refused, not sent again until it is changed
  let trouble = navigator.onLine ? "" : "Offline";
  let canKeep = true;
  let isFlushing = false;
  let isLeaving = false;
  let timer = 0;

  const cardOf = (part) => sheet.querySelector(`[data-part="${part}"]`);
  const fieldsOf = (part) => [...new FormData(sheet)].filter(([name]) => name.startsWith(`${part}-`));
  const textOf = (part) => new URLSearchParams(fieldsOf(part)).toString();
  const hidden = (part) => ["row_version", "shown"].map((name) => sheet.elements[`${part}-${name}`]).filter(Boolean);

  function keep(part) {
    kept[part] = Object.fromEntries(fieldsOf(part));
    try {
      localStorage.setItem(key + part, JSON.stringify(kept[part]));
    } catch {
      canKeep = false; // full, or forbidden by the browser: the page says so
    }
  }
  function drop(part) {
    delete kept[part];
    marks.delete(part);
    refused.delete(part);
    localStorage.removeItem(key + part);
  }

  // A level that differs waits for its reason: sent without, it would only come back.
  function lacksReason(part) {
    const level = sheet.elements[`${part}-level`]?.value;
    const reason = sheet.elements[`${part}-reason`]?.value.trim() ?? "";
    return Boolean(level) && level !== cardOf(part).dataset.own && reason.length < Number(sheet.dataset.least);
  }
  const isReady = (part) => marks.get(part) !== "clash" && !lacksReason(part) && refused.get(part) !== textOf(part);

  function show() {
    const parts = Object.keys(kept);
    for (const card of sheet.querySelectorAll("[data-part]")) {
      const part = card.dataset.part;
      const mark = marks.get(part);
      let text = mark === "saved" ? words("Saved") : "";
      if (part in kept) {
        if (mark === "sending") text = words("Sending");
        else if (mark === "clash") text = words("Clash");
        else if (refused.get(part) === textOf(part)) text = words("Refused");
        else if (lacksReason(part)) text = words("Reason");
        else text = words(mark === "back" ? "Back" : "Kept");
      }
      card.querySelector('[data-slot="state"]').textContent = text;
      card.classList.toggle("app-visit--kept", part in kept);
      card.classList.toggle("app-visit--clash", mark === "clash");
    }
    const state = sheet.querySelector("[data-visit-state]");
    const saved = sheet.querySelector("[data-visit-saved]");
    let text = "";
    if (!canKeep) text = words("Full");
    else if (trouble && (parts.length || trouble === "Offline")) text = words(trouble, parts.length);
    else if (isFlushing) text = words("Sending");
    else if (parts.some((part) => marks.get(part) === "clash")) text = words("Clash");
    else if (parts.some((part) => refused.get(part) === textOf(part))) text = words("Refused");
    else if (parts.length) text = words("Kept");
    if (state.textContent !== text) state.textContent = text;
    saved.hidden = Boolean(text) || !saved.dataset.saved;
    sheet.querySelector("[data-visit-sign-in]").hidden = trouble !== "Out";
  }
  function count() {
    for (const note of sheet.querySelectorAll("[data-open-of]")) {
      const group = sheet.querySelector(`[data-group="${note.dataset.openOf}"]`);
      const open = [...group.querySelectorAll("[data-part]")].filter(
        (card) => !sheet.elements[`${card.dataset.part}-level`]?.value,
      ).length;
      note.textContent = open || "✓";
    }
  }

  function take(part, fresh, slots) {
    for (const slot of slots) {
      const here = cardOf(part).querySelector(`[data-slot="${slot}"]`);
      const there = fresh.querySelector(`[data-slot="${slot}"]`);
      if (here && there) here.replaceChildren(...there.childNodes);
    }
    for (const group of cardOf(part).querySelectorAll("[data-needs-script]")) group.hidden = false;
  }
  const versionsIn = (fresh, part) =>
    Object.fromEntries(hidden(part).map(({ name }) => [name, fresh.querySelector(`[name="${name}"]`)?.value ?? ""]));
  function setVersions(versions) {
    for (const [name, value] of Object.entries(versions)) sheet.elements[name].value = value;
  }

  // True when the server has answered for this part, whatever it said.
  async function send(part) {
    const text = textOf(part);
    let response, page;
    marks.set(part, "sending");
    show();
    try {
      response = await fetch(sheet.dataset.save, {
        method: "POST",
        body: new URLSearchParams([["part", part], ...fieldsOf(part)]),
        headers: { "X-CSRFToken": sheet.elements.csrfmiddlewaretoken.value },
        redirect: "manual",
        signal: AbortSignal.timeout(15000),
      });
      page = await response.text();
    } catch {
      marks.delete(part);
      trouble = "Offline";
      return false;
    }
    marks.delete(part);
    const isOut = response.type === "opaqueredirect" || response.status === 403;
    trouble = isOut ? "Out" : response.status === 423 ? "Moved" : [200, 409, 422].includes(response.status) ? "" : "Trouble";
    if (trouble) return false;
    const fresh = new DOMParser().parseFromString(page, "text/html").querySelector(`[data-part="${part}"]`);
    if (response.status === 409) {
      take(part, fresh, ["other"]);
      cardOf(part).dataset.theirs = JSON.stringify(versionsIn(fresh, part));
      marks.set(part, "clash");
    } else if (response.status === 422) {
      take(part, fresh, ["errors"]);
      refused.set(part, text);
    } else {
      const isSame = text === textOf(part);
      take(part, fresh, ["errors", "other", "meta"]);
      setVersions(versionsIn(fresh, part));
      if (isSame) drop(part);
      else keep(part);
      marks.set(part, "saved");
      const saved = sheet.querySelector("[data-visit-saved]");
      saved.dataset.saved = new Date().toISOString();
      saved.querySelector("[data-saved-ago]").textContent = new Date().toLocaleTimeString(document.documentElement.lang);
    }
    return true;
  }
  async function flush() {
    clearTimeout(timer);
    if (isFlushing) return later(RETRY / 10);
    isFlushing = true;
    for (const part of Object.keys(kept)) {
      if (isReady(part) && !(await send(part))) break;
    }
    isFlushing = false;
    show();
    if (!["Out", "Moved"].includes(trouble) && Object.keys(kept).some(isReady)) later(RETRY);
  }
  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(flush, wait);
  }
  function changed(event, wait) {
    const part = event.target.closest("[data-part]")?.dataset.part;
    if (!part) return;
    if (marks.get(part) === "saved" || marks.get(part) === "back") marks.delete(part);
    keep(part);
    count();
    show();
    later(wait);
  }

  sheet.addEventListener("input", (event) => changed(event, 1200));
  sheet.addEventListener("change", (event) => changed(event, 150));
  sheet.addEventListener("submit", (event) => {
    event.preventDefault();
    refused.clear();
    const silent = Object.keys(kept).find(lacksReason);
    if (silent) sheet.elements[`${silent}-reason`].focus();
    flush();
  });
  sheet.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-take]");
    if (!choice) return;
    const card = choice.closest("[data-part]");
    const part = card.dataset.part;
    if (choice.dataset.take === "mine") {
      setVersions(JSON.parse(card.dataset.theirs));
      marks.delete(part);
      keep(part);
      flush();
    } else {
      drop(part);
      isLeaving = true;
      location.hash = part;
      location.reload();
    }
  });
  sheet.querySelector("[data-visit-sign-in]").addEventListener("click", () => (isLeaving = true));
  window.addEventListener("online", () => {
    if (trouble === "Offline") trouble = "";
    flush();
  });
  window.addEventListener("offline", () => {
    trouble = "Offline";
    show();
  });
  window.addEventListener("beforeunload", (event) => {
    if (Object.keys(kept).length && !isLeaving) event.preventDefault();
  });

  // What was kept before comes back, with the versions it was written on, so that a change since is noticed.
  for (const name of Object.keys(localStorage).filter((each) => each.startsWith(key))) {
    const part = name.slice(key.length);
    if (!cardOf(part)) {
      localStorage.removeItem(name); // not asked any more
      continue;
    }
    kept[part] = JSON.parse(localStorage.getItem(name));
    for (const [field, value] of Object.entries(kept[part])) {
      if (sheet.elements[field]) sheet.elements[field].value = value;
    }
    marks.set(part, "back");
  }
  count();
  show();
  if (Object.keys(kept).length) later(150);
}

if (sheet) start();
