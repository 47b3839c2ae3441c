// The editor of templates: fields are put in at the caret, faults are corrected by a click, the preview follows
// the text, and a page with unsaved words asks before it is left. All of it works without this by its buttons.
const form = document.querySelector("[data-editor]");
const PATIENCE = 450;
let timer = null;
let changed = false;

function show() {
  form.requestSubmit(form.querySelector("[data-preview-act]"));
}

async function check() {
  const answer = await fetch(form.dataset.check, { method: "POST", body: new FormData(form) });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById("faults").replaceWith(page.getElementById("faults"));
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(() => { show(); check(); }, PATIENCE);
}

function touched(field) {
  changed = true;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

function insert(button) {
  const field = document.getElementById(button.dataset.into);
  field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  button.closest("details").open = false;
  touched(field);
}

function replace(button) {
  const field = document.getElementById(`id_${button.dataset.part || "html"}`);
  field.value = field.value.replaceAll(button.dataset.replace, button.dataset.with);
  touched(field);
}

form.addEventListener("input", (event) => {
  if (event.target.name !== "width") changed = true;
  if (event.target.matches("[data-preview]")) later();
});
form.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-insert], [data-replace]");
  if (button?.dataset.insert) insert(button);
  else if (button) replace(button);
});
form.addEventListener("submit", ({ submitter }) => {
  if (!submitter?.hasAttribute("data-preview-act")) changed = false;
  else requestAnimationFrame(() => requestAnimationFrame(() => submitter.removeAttribute("aria-busy")));
});
addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});
show();
