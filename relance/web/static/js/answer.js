// The answer below an open mail: kept as one types, in the browser at once and on the server soon after; sent without
// leaving the conversation. Hours, files and templates belong to the composer, where it goes on as it was left.
const form = document.querySelector("[data-answer]");
const area = form.querySelector("textarea");
const said = form.querySelector("[data-said]");
const problem = form.querySelector("[data-problem]");
const shelf = `relance:answer:${form.dataset.answer}`;
const SOON = 1200;
const AGAIN = 5000;
let typed = 0;
let kept = 0;
let saving = null;
let timer = null;

const words = document.createElement("div");
words.className = "typing";
words.contentEditable = "true";
words.setAttribute("role", "textbox");
words.setAttribute("aria-multiline", "true");
words.setAttribute("aria-label", area.getAttribute("aria-label"));
area.after(words);
area.hidden = true;
form.querySelector("label[for='answer-text']").hidden = true;
document.execCommand("defaultParagraphSeparator", false, "p");

function show() {
  words.innerHTML = area.value;
  hint();
}

function hint() {
  const first = words.firstElementChild;
  words.classList.toggle("bare", Boolean(first) && !first.textContent.trim() && !first.querySelector("img"));
  if (first) first.dataset.hint = area.dataset.words;
}

function html() {
  const copy = words.cloneNode(true);
  for (const each of copy.querySelectorAll("[data-hint]")) delete each.dataset.hint;
  return copy.innerHTML;
}

function changed() {
  typed += 1;
  area.value = html();
  hint();
  try { localStorage.setItem(shelf, area.value); } catch { /* full or forbidden */ }
  later(SOON);
}

function later(wait) {
  clearTimeout(timer);
  timer = setTimeout(keep, wait);
}

function tell(sentence) {
  problem.hidden = !sentence;
  problem.textContent = sentence;
}

async function post(href) {
  const body = new FormData(form);
  body.set("turn", typed);
  const answer = await fetch(href, { method: "POST", body, headers: { accept: "application/json" }, signal: AbortSignal.timeout(15000) });
  if (answer.redirected || !answer.headers.get("content-type")?.startsWith("application/json")) throw new Error("away");
  return { ok: answer.ok, told: await answer.json() };
}

async function keep() {
  clearTimeout(timer);
  if (saving) await saving;
  if (kept === typed && form.dataset.kept) return true;
  saving = tryToKeep(typed).finally(() => { saving = null; });
  return saving;
}

async function tryToKeep(number) {
  try {
    const { ok, told } = await post(form.getAttribute("action"));
    if (!ok) { tell(told.sentence); return false; }
    form.setAttribute("action", told.href);
    form.elements.version.value = told.version;
    form.dataset.kept = told.version;
    kept = number;
    if (kept === typed) localStorage.removeItem(shelf);
    tell("");
    said.textContent = `${said.dataset.words} ${told.at}`;
    return true;
  } catch {
    tell(problem.dataset.away);
    later(AGAIN);
    return false;
  }
}

async function send() {
  if (!form.dataset.kept) typed += 1;
  if (!(await keep())) return;
  try {
    const { ok, told } = await post(`${form.getAttribute("action")}/send`);
    if (!ok) return tell(told.sentence);
    localStorage.removeItem(shelf);
    kept = typed;
    location.reload();
  } catch {
    tell(problem.dataset.unsent);
  }
}

// On to the composer, with what was typed.
async function elsewhere(button) {
  if (!form.dataset.kept) typed += 1;
  if (!(await keep())) return;
  if (button.dataset.elsewhere !== "template") return location.assign(form.getAttribute("action"));
  form.setAttribute("action", `${form.getAttribute("action")}/template`);
  form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "template", value: button.value }));
  HTMLFormElement.prototype.submit.call(form);
}

function goesTo(choice) {
  for (const name of ["mode", "to", "cc"]) form.elements[name].value = choice.dataset[name];
  form.querySelector("[data-whom]").textContent = choice.dataset.whom;
  if (form.dataset.kept || typed) changed();
}

function begin(mode) {
  const choice = form.querySelector(`[data-mode="${mode}"]`) ?? form.querySelector("[data-mode]");
  if (choice.dataset.mode !== form.elements.mode.value) goesTo(choice);
  form.scrollIntoView({ block: "nearest" });
  words.focus();
}

// A first click into an answer in which nothing is written begins it, wherever it falls; a second one may go into the signature.
let begins = false;
words.addEventListener("pointerdown", () => { begins = document.activeElement !== words; });
words.addEventListener("click", () => {
  if (!begins || html() !== blank || !getSelection().isCollapsed) return;
  getSelection().collapse(words.firstElementChild, 0);
});
words.addEventListener("input", changed);
words.addEventListener("paste", (event) => {
  event.preventDefault();
  document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
});
words.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); send(); }
  if (event.key === "Escape") { event.stopPropagation(); words.blur(); }
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopImmediatePropagation();
  const button = event.submitter;
  button?.setAttribute("aria-busy", "true");
  await (button?.dataset.elsewhere ? elsewhere(button) : send());
  button?.removeAttribute("aria-busy");
}, true);
for (const choice of form.querySelectorAll("[data-mode]")) choice.addEventListener("click", () => { goesTo(choice); words.focus(); });
for (const link of document.querySelectorAll("[data-answer-mode]")) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    begin(link.dataset.answerMode);
  });
}
addEventListener("pagehide", () => {
  if (kept === typed) return;
  const body = new FormData(form);
  body.set("turn", typed);
  fetch(form.getAttribute("action"), { method: "POST", body, headers: { accept: "application/json" }, keepalive: true }).catch(() => {});
});

show();
const blank = form.dataset.kept ? null : html();
const own = localStorage.getItem(shelf);
if (own !== null && own !== area.value) {
  area.value = own;
  show();
  changed();
}
