// Saves an answer by itself: as soon as something is chosen, and when the writing pauses. The button of the form does the
// same without this file. Each answer is saved alone, one save after the other, so that none overtakes another.
//
// A box with data-autosave (the address to save to) holds one answer: data-names are its fields, data-version the hidden
// field that says which saved answer the page shows, data-prefix what their names in the page begin with, data-field
// what the server calls the answer where the address is that of a whole page.
const PAUSE = 1200;
const AGAIN = 15000;

class Saver {
  constructor(box) {
    this.box = box;
    this.prefix = box.dataset.prefix ?? "";
    this.names = (box.dataset.names ?? "level note").split(" ");
    this.version = box.dataset.version ?? "row_version";
    this.form = box.closest("form");
    this.state = box.querySelector("[data-autosave-state]");
    this.running = null;
    box.addEventListener("change", (event) => event.target.type === "radio" && this.soon(0));
    box.addEventListener("input", (event) => event.target.type !== "radio" && this.soon(PAUSE));
  }

  field(name) {
    return this.form.elements[this.prefix + name];
  }

  words() {
    return this.names.map((name) => this.field(name)?.value ?? "").join("\n");
  }

  soon(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), milliseconds);
  }

  async save() {
    clearTimeout(this.timer);
    this.timer = null;
    if (this.running) await this.running;
    this.running = this.send();
    await this.running;
    this.running = null;
  }

  async send() {
    const body = new FormData();
    this.sent = this.words();
    for (const name of [...this.names, this.version]) body.set(name, this.field(name)?.value ?? "");
    for (const name of ["csrfmiddlewaretoken", "typed_by"]) body.set(name, this.form.elements[name].value);
    let response;
    try {
      response = await fetch(this.box.dataset.autosave, { method: "POST", body, headers: { "X-Autosave": this.box.dataset.field ?? "1" } });
    } catch {
      this.say(this.state.dataset.offline, true);
      this.soon(AGAIN);
      return;
    }
    if (response.redirected || !response.headers.get("Content-Type")?.includes("json")) {
      this.say(this.state.dataset.refused, true);
      return;
    }
    const told = await response.json();
    this.say(told.text, !response.ok);
    if (!response.ok) return;
    for (const [name, value] of Object.entries(told.values)) this.field(name).value = value;
    const shown = this.form.dataset.asked?.trim();
    const notice = this.form.querySelector("[data-asked-changed]");
    if (notice) notice.hidden = shown === told.asked.join(" ");
  }

  say(text, isProblem) {
    this.state.textContent = text;
    this.state.toggleAttribute("data-autosave-problem", isProblem);
  }
}

const savers = [...document.querySelectorAll("[data-autosave]")].map((box) => new Saver(box));

// The button sends the whole page. The same words sent twice are saved once, so it need not wait; but where other words
// are on their way they arrive first, so that nobody stands in their own way.
for (const form of new Set(savers.map((saver) => saver.form))) {
  form.addEventListener("submit", async (event) => {
    const mine = savers.filter((saver) => saver.form === form);
    for (const saver of mine) clearTimeout(saver.timer);
    const older = mine.filter((saver) => saver.running && saver.sent !== saver.words());
    if (!older.length) return;
    event.preventDefault();
    await Promise.all(older.map((saver) => saver.running));
    form.requestSubmit(event.submitter);
  });
}
