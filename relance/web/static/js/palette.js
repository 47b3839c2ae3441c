// The palette: Ctrl K or `/`. Commands are in the page already; what is typed is asked of /search, as HTML options.
import { open } from "./dialogs.js";

const palette = document.getElementById("palette");
const input = palette?.querySelector("input");
const found = palette?.querySelector("[data-found]");
const TYPING = "input, textarea, select, [contenteditable='true']";
let asked = 0;
let waiting = null;

const options = () => [...palette.querySelectorAll('[role="option"]')].filter((option) => !option.closest("[hidden]"));

function choose(option) {
  for (const other of palette.querySelectorAll('[aria-selected="true"]')) other.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
}

function number() {
  palette.querySelectorAll('[role="option"]').forEach((option, index) => { option.id = `option-${index}`; });
  choose(options()[0]);
}

function sift(words) {
  for (const group of palette.querySelectorAll("[data-commands]")) {
    let any = false;
    for (const option of group.querySelectorAll('[role="option"]')) {
      option.hidden = !fold(option.textContent).includes(fold(words));
      any ||= !option.hidden;
    }
    group.hidden = !any;
  }
}

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();

async function ask(words) {
  const turn = ++asked;
  waiting?.abort();
  waiting = new AbortController();
  if (!words.trim() || !palette.dataset.search) {
    found.replaceChildren();
    return number();
  }
  try {
    const answer = await fetch(`${palette.dataset.search}?${new URLSearchParams({ q: words, palette: "1" })}`, { signal: waiting.signal });
    if (turn !== asked || !answer.ok) return;
    found.innerHTML = await answer.text();
    number();
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

function show(opener) {
  input.value = "";
  sift("");
  found.replaceChildren();
  open(palette, opener);
  number();
}

if (palette) {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-palette-open]");
    if (!opener || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show(opener);
  });
  document.addEventListener("keydown", (event) => {
    const chord = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
    const slash = event.key === "/" && !event.target.closest(TYPING) && !document.querySelector("dialog:modal");
    if (!chord && !slash) return;
    event.preventDefault();
    if (palette.open) palette.close();
    else show();
  });
  input.addEventListener("input", () => {
    sift(input.value);
    number();
    ask(input.value);
  });
  input.addEventListener("keydown", (event) => {
    const all = options();
    const here = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && all.length) choose(all[(here + step + all.length) % all.length]);
    else if (event.key === "Enter") all[here]?.click();
    else return;
    event.preventDefault();
  });
  palette.addEventListener("pointermove", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option && option.getAttribute("aria-selected") !== "true") choose(option);
  });
  palette.addEventListener("click", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option?.dataset.href) location.href = option.dataset.href;
    else if (option?.dataset.dialogOpen) palette.close();
  });
}
