// The editor of templates: fields are put in at the caret, faults are corrected by a click, the preview follows
// the text, and a page with unsaved words asks before it is left. All of it works without this by its buttons.
import { open } from "./dialogs.js";
import { canBeRich, rich, richOf } from "./rich.js";

const form = document.querySelector("[data-editor]");
const PATIENCE = 450;
let timer = null;
let changed = false;
let asked = 0;

function show() {
  form.requestSubmit(form.querySelector("[data-preview-act]"));
}

// An answer that another has overtaken is dropped.
async function check() {
  asked += 1;
  const number = asked;
  const answer = await fetch(form.dataset.check, { method: "POST", body: new FormData(form) });
  const html = answer.ok ? await answer.text() : "";
  if (!html || number !== asked) return;
  const page = new DOMParser().parseFromString(html, "text/html");
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
  button.closest("details").open = false;
  if (richOf(field) && field.hidden) return richOf(field).insert(button.dataset.insert);
  field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  return touched(field);
}

function replace(button) {
  const field = document.getElementById(`id_${button.dataset.part || "html"}`);
  field.value = field.value.replaceAll(button.dataset.replace, button.dataset.with);
  if (field.hidden) richOf(field)?.source(false);
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
/* ---- The rich view of the text; the source stays one click away ---- */
const text = form.querySelector("[data-rich-text]");
const tools = form.querySelector("[data-rich-tools]");
const acts = {
  bold: (chain) => chain.toggleBold(), italic: (chain) => chain.toggleItalic(), list: (chain) => chain.toggleBulletList(),
  numbers: (chain) => chain.toggleOrderedList(), heading: (chain) => chain.toggleHeading({ level: 2 }),
};
const states = { bold: ["bold"], italic: ["italic"], list: ["bulletList"], numbers: ["orderedList"], heading: ["heading"], link: ["link"] };

function dress() {
  const source = tools.querySelector("[data-source]");
  tools.hidden = false;
  if (!canBeRich(text.value)) {
    source.setAttribute("aria-pressed", "true");
    source.disabled = true;
    form.querySelector("[data-beyond]").hidden = false;
    for (const tool of tools.querySelectorAll("[data-act], [data-link]")) tool.hidden = true;
    return;
  }
  const { editor, source: toSource } = rich(text, { label: text.dataset.richText });
  const mark = () => { for (const tool of tools.querySelectorAll("[data-act], [data-link]")) tool.setAttribute("aria-pressed", String(editor.isActive(...states[tool.dataset.act ?? "link"]))); };
  editor.on("transaction", mark);
  for (const tool of tools.querySelectorAll("[data-act]")) tool.addEventListener("click", () => acts[tool.dataset.act](editor.chain().focus()).run());
  source.addEventListener("click", () => {
    const on = source.getAttribute("aria-pressed") !== "true";
    if (!on && !canBeRich(text.value)) { form.querySelector("[data-beyond]").hidden = false; return; }
    source.setAttribute("aria-pressed", String(on));
    toSource(on);
    for (const tool of tools.querySelectorAll("[data-act], [data-link]")) tool.hidden = on;
  });
  const dialog = document.getElementById("link");
  const address = dialog.querySelector("input");
  tools.querySelector("[data-link]").addEventListener("click", ({ currentTarget }) => {
    address.value = editor.getAttributes("link").href ?? "";
    open(dialog, currentTarget);
  });
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const href = address.value.trim();
    const chain = editor.chain().focus().extendMarkRange("link");
    if (!href || event.submitter?.value === "none") chain.unsetLink().run();
    else if (editor.state.selection.empty && !editor.isActive("link")) chain.insertContent({ type: "text", text: href, marks: [{ type: "link", attrs: { href } }] }).run();
    else chain.setLink({ href }).run();
    dialog.close();
  });
}
if (text) dress();

addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});
show();
