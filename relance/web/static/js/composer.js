// The composer: what is typed is kept in the browser at once and on the server soon after; nothing is lost when the net
// drops, the tab closes, the session ends. A plain rich area stands in for the text; its textarea holds the words.
import { open } from "./dialogs.js";

const form = document.querySelector("[data-composer]");
const place = document.querySelector("[data-kept]");
const note = document.querySelector("[data-note]");
const area = form.querySelector("[data-rich]");
const discard = document.querySelector("[data-discard]");
const seeing = document.querySelector("[data-see]");
const attaching = document.querySelector("[data-attaching]");
const whose = `relance:mail:${form.dataset.composer}:`;
const SOON = 1200;
const AGAIN = 5000;
let timer = null;
let saving = null;
let typed = 0; // grows with every change
let kept = 0; // what the server has of it
let left = false;
let telling = 0; // grows with every question of what there is to say
let owesFiles = false; // whether those that a template has brought are still to be shown
let sheltered = true; // whether this browser takes what is typed

const shelf = () => whose + form.dataset.key;
const fields = () => Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken"));

/* ---- The rich area ---- */
const rich = document.createElement("div");
rich.className = "rich";
rich.contentEditable = "true";
rich.setAttribute("role", "textbox");
rich.setAttribute("aria-multiline", "true");
rich.setAttribute("aria-label", area.dataset.rich);
rich.innerHTML = area.value;
area.after(rich);
area.hidden = true;
document.querySelector("[data-rich-tools]").hidden = false;
document.execCommand("defaultParagraphSeparator", false, "p");

rich.addEventListener("input", () => { area.value = rich.innerHTML; changed(); });
rich.addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text/plain");
  if (event.clipboardData.getData("text/html") || !text) {
    event.preventDefault();
    document.execCommand("insertText", false, text);
  }
});

for (const button of document.querySelectorAll("[data-command]")) {
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    const address = button.dataset.ask && prompt(button.dataset.ask, "https://");
    if (button.dataset.ask && !address) return;
    rich.focus();
    document.execCommand(button.dataset.command, false, address || null);
    area.value = rich.innerHTML;
    changed();
  });
}
document.addEventListener("selectionchange", () => {
  for (const button of document.querySelectorAll("[data-command][aria-pressed]")) {
    button.setAttribute("aria-pressed", String(document.queryCommandState(button.dataset.command)));
  }
});

const OWN = ["version", "key", "has_switches", "window", "turn"]; // of the page, not of the mail
const CONTEXT = ["person", "deal", "account", "reply", "follow", "mode", "start_to"]; // from where a new mail was begun

function hidden(name, value) {
  const field = document.createElement("input");
  return Object.assign(field, { type: "hidden", name, value });
}

function fill(values) {
  for (const [name, value] of Object.entries(values)) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.type === "radio") field.checked = field.value === value;
      else if (field.type === "checkbox") field.checked = true;
      else if (!OWN.includes(name)) field.value = value;
    }
    if (CONTEXT.includes(name) && !form.elements[name]) form.append(hidden(name, value));
  }
  if (!("track" in values)) for (const box of form.querySelectorAll('[name="track"][type="checkbox"]')) box.checked = false;
  rich.innerHTML = area.value;
}

/* ---- Kept at once in the browser, soon on the server ---- */
function changed() {
  typed += 1;
  try {
    localStorage.setItem(shelf(), JSON.stringify({ at: Date.now(), href: location.pathname, values: fields() }));
    sheltered = true;
  } catch { sheltered = false; } // full or forbidden
  later(SOON);
}

function later(wait) {
  clearTimeout(timer);
  timer = setTimeout(keep, wait);
}

// Short beside the title; a sentence above the text when there is something to know or to do.
function say(words, sentence = "", tone = "") {
  place.textContent = words;
  const banner = note.firstElementChild;
  banner.hidden = !sentence;
  banner.classList.toggle("warn", tone === "warn");
  banner.lastElementChild.textContent = sentence;
}

// The server has not answered, or not to us: what is safe, and what becomes of it.
function away(error, sentence = note.dataset.away) {
  if (!sheltered) return say(place.dataset.wordsOpen, note.dataset.unkept, "warn");
  say(place.dataset.wordsLocal, error?.message === "signed-out" ? note.dataset.signedOut : sentence);
}

async function post(href, again = true) {
  const body = new FormData(form);
  body.set("turn", typed);
  const answer = await fetch(href, { method: "POST", body, headers: { accept: "application/json" }, signal: AbortSignal.timeout(15000) });
  if (answer.status === 403 && again && (await refreshToken())) return post(href, false);
  if (answer.redirected || !answer.headers.get("content-type")?.startsWith("application/json")) throw new Error(answer.status >= 500 ? "away" : "signed-out");
  return { ok: answer.ok, said: await answer.json() };
}

async function refreshToken() {
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  const fresh = page.querySelector("#composer [name=csrfmiddlewaretoken]")?.value;
  if (fresh) for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = fresh;
  return Boolean(fresh);
}

export async function keep() {
  clearTimeout(timer);
  if (left) return false;
  if (saving) { await saving; return kept === typed ? true : keep(); }
  const number = typed;
  saving = tryToKeep(number).finally(() => { saving = null; });
  return saving;
}

async function tryToKeep(number) {
  try {
    const { ok, said } = await post(form.getAttribute("action"));
    if (!ok) return refused(said);
    arrived(said, number);
    return true;
  } catch (error) {
    away(error);
    later(AGAIN);
    return false;
  }
}

function refused(said) {
  if (sheltered) say(place.dataset.wordsLocal, `${note.dataset.safe} ${said.sentence}`, "warn");
  else say(place.dataset.wordsOpen, said.sentence, "warn");
  return false;
}

function arrived(said, number) {
  const old = shelf();
  form.elements.version.value = said.version;
  kept = number;
  const isFirst = form.dataset.told === "";
  if (isFirst) settle(said);
  if (kept === typed || old !== shelf()) localStorage.removeItem(old);
  const { textContent: told } = note.querySelector("p");
  say(`${place.dataset.wordsKept} ${said.at}`, told === note.dataset.back ? told : "");
  tell(isFirst);
  if (kept !== typed) later(SOON);
}

// The first keeping gives the mail its address: files, templates and sending need it.
function settle(said) {
  history.replaceState(null, "", said.href);
  form.dataset.key = said.id;
  form.dataset.told = `${said.href}/told`;
  form.setAttribute("action", said.href);
  attaching.action = `${said.href}/files`;
  discard.action = `${said.href}/discard`;
  discard.hidden = false;
  seeing.dataset.see = `${said.href}/preview`;
  const button = document.querySelector("[data-send]");
  button.setAttribute("formaction", `${said.href}/send`);
  button.disabled = false;
  const use = document.querySelector("[data-use-template]");
  use?.setAttribute("formaction", `${said.href}/template`);
  use?.setAttribute("formmethod", "post");
}

// What there is to say beside the text: each piece takes the place of the one with its name.
// An answer that another question has overtaken is dropped; the first keeping asks for the files of its template too.
async function tell(isFirst = false) {
  owesFiles ||= isFirst;
  telling += 1;
  const number = telling;
  const answer = await fetch(form.dataset.told + (owesFiles ? "?first=1" : "")).catch(() => null);
  const html = answer?.ok ? await answer.text() : "";
  if (!html || number !== telling) return;
  owesFiles = false;
  replace(html);
}

// The files as they are now; what was asked before knows less of them.
function showFiles(html) {
  owesFiles = false;
  replace(html);
  tell();
}

function replace(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const fresh of page.querySelectorAll("body > [id]")) {
    const old = document.getElementById(fresh.id);
    if (!old) continue;
    if (old.matches("dialog")) old.innerHTML = fresh.innerHTML;
    else old.replaceWith(document.adoptNode(fresh));
  }
}

form.addEventListener("input", (event) => { if (event.target !== rich && event.target.name !== "template") changed(); });
form.addEventListener("change", (event) => { if (event.target.name !== "template" && event.target.type !== "file") changed(); });
addEventListener("online", () => { if (kept !== typed) keep(); });
document.addEventListener("visibilitychange", () => { if (document.hidden && kept !== typed) keep(); });

/* ---- What did not reach the server last time ---- */
function restore() {
  if (!form.dataset.told) return adoptOrphan();
  const own = read(shelf());
  if (!own || isSame(own.values)) return localStorage.removeItem(shelf());
  // Nobody else has written since: the words go back by themselves. Else their author decides, and both are still there.
  if (own.values.version === form.elements.version.value || own.values.window === form.dataset.keptBy) return putBack(own);
  const asking = document.querySelector("[data-other-words]");
  asking.hidden = false;
  asking.querySelector("[data-put-back]").addEventListener("click", () => { asking.hidden = true; putBack(own); });
  asking.querySelector("[data-let-go]").addEventListener("click", () => { asking.hidden = true; localStorage.removeItem(shelf()); });
}

function putBack(own) {
  fill(own.values);
  say("", note.dataset.back);
  changed();
}

function isSame(values) {
  const now = fields();
  return [...new Set([...Object.keys(values), ...Object.keys(now)])].every((name) => OWN.includes(name) || name === "advised_at" || (values[name] ?? "") === (now[name] ?? ""));
}

// A mail that was begun and never kept: the page for a new mail takes it up.
function adoptOrphan() {
  if (location.search) return;
  const orphan = Object.keys(localStorage).find((name) => name.startsWith(whose) && name.length > whose.length + 20);
  const own = orphan && read(orphan);
  if (!own) return;
  form.dataset.key = orphan.slice(whose.length);
  form.elements.key.value = form.dataset.key;
  putBack(own);
}

function read(name) {
  try { return JSON.parse(localStorage.getItem(name)); } catch { return null; }
}

/* ---- Sending, files, names ---- */
form.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (button && !button.hasAttribute("data-send")) {
    if (button.hasAttribute("data-use-template")) { left = true; localStorage.removeItem(shelf()); return; }
    event.preventDefault();
    typed += 1;
    await keep();
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  button?.setAttribute("aria-busy", "true");
  await send(button);
  button?.removeAttribute("aria-busy");
}, true);

async function send(button) {
  if (saving) await saving;
  clearTimeout(timer);
  try {
    const { ok, said } = await post(button?.getAttribute("formaction") ?? form.action);
    if (!ok) return refused(said);
    localStorage.removeItem(shelf());
    left = true;
    location.assign(said.href);
  } catch (error) {
    away(error, note.dataset.unsent);
  }
  return false;
}

const chooser = attaching.querySelector("[type=file]");
// From the bar, and from the files themselves, which are drawn anew.
document.addEventListener("click", (event) => event.target.closest("[data-attach]") && chooser.click());
chooser.addEventListener("change", async () => {
  if (!chooser.files.length) return;
  if (!form.dataset.told) typed += 1; // a file belongs to a mail that has been kept
  if (!form.dataset.told && !(await keep())) return;
  const answer = await fetch(attaching.action, { method: "POST", body: new FormData(attaching), headers: { "hx-request": "true" } }).catch(() => null);
  chooser.value = "";
  if (!answer?.ok) return say("", note.dataset.unattached, "warn");
  showFiles(await answer.text());
});
document.addEventListener("submit", async (event) => {
  if (!event.target.matches("[data-file-act]")) return;
  event.preventDefault();
  const answer = await fetch(event.target.action, { method: "POST", body: new FormData(event.target), headers: { "hx-request": "true" } }).catch(() => null);
  if (answer?.ok) showFiles(await answer.text());
}, true);
discard.addEventListener("submit", () => { left = true; localStorage.removeItem(shelf()); });
// As it will be delivered: what is typed is kept first, and shown by the server that makes the mail.
seeing.addEventListener("click", async () => {
  if (!form.dataset.told || kept !== typed) {
    if (!form.dataset.told) typed += 1;
    if (!(await keep())) return;
  }
  document.querySelector("#as-delivered iframe").src = `${seeing.dataset.see}?v=${form.elements.version.value}`;
  open(document.getElementById("as-delivered"), seeing);
});
document.querySelector("[data-more-copies]").addEventListener("click", ({ currentTarget }) => {
  document.getElementById("copies").hidden = false;
  currentTarget.setAttribute("aria-expanded", "true");
  document.getElementById("id_cc").focus();
});

// Takes one address out of To, Cc and Bcc; a comma between quotes separates nobody.
document.addEventListener("click", ({ target }) => {
  const email = target.closest("[data-take-out]")?.dataset.takeOut.toLowerCase();
  if (!email) return;
  for (const field of form.querySelectorAll("[data-addresses]")) {
    const pieces = field.value.match(/(?:"(?:[^"\\]|\\.)*"|[^",;])+/g) ?? [];
    const left = pieces.filter((piece) => (piece.match(/<([^<>]*)>/)?.[1] ?? piece).trim().toLowerCase() !== email);
    if (left.length !== pieces.length) field.value = left.map((piece) => piece.trim()).filter(Boolean).join(", ");
  }
  document.getElementById("id_to").focus();
  changed();
  keep();
});

let asked = null;
form.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-addresses]")) return;
  clearTimeout(asked);
  asked = setTimeout(() => offer(target), 180);
});

async function offer(field) {
  const cut = Math.max(field.value.lastIndexOf(","), field.value.lastIndexOf(";")) + 1;
  const words = field.value.slice(cut).trim();
  if (words.length < 2 || words.includes("@")) return;
  const answer = await fetch(`${form.dataset.people}?${new URLSearchParams({ q: words })}`).catch(() => null);
  if (!answer?.ok) return;
  const before = field.value.slice(0, cut);
  const found = (await answer.json()).people.map((each) => {
    const option = document.createElement("option");
    option.value = `${before}${before ? " " : ""}${each}`;
    return option;
  });
  document.getElementById("known-people").replaceChildren(...found);
}

restore();
