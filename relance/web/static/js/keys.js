// The keys of DESIGN section 5, for the places that exist. Single letters sleep while typing, with a modifier,
// under an open dialog, and when the profile turned them off. `?` lists them all.
import { open } from "./dialogs.js";
import * as drawer from "./drawer.js";
import { undo } from "./toasts.js";

const TYPING = 'input:not([type="checkbox"], [type="radio"], [type="button"]), textarea, select, [contenteditable="true"]';
const letters = document.body.dataset.letterKeys !== "off";
let going = false;

const rows = () => [...document.querySelectorAll("[data-row], tbody tr:has(a), .list .item:has(a)")];
const rowOf = (element) => element?.closest?.("[data-row], tbody tr, .list .item");

function walk(by) {
  if (drawer.isOpen()) return drawer.step(by);
  const all = rows();
  if (!all.length) return;
  const here = all.indexOf(rowOf(document.activeElement));
  const next = all[here < 0 ? 0 : Math.min(Math.max(here + by, 0), all.length - 1)];
  next.querySelector("a[href]")?.focus();
  next.scrollIntoView({ block: "nearest" });
}

function go(letter) {
  const place = document.querySelector(`#keys [data-go="${CSS.escape(letter)}"]`);
  if (place?.dataset.href) location.href = place.dataset.href;
}

function press(name) {
  const target = document.querySelector(`[data-key="${CSS.escape(name)}"]`);
  target?.click();
  return Boolean(target);
}

// On the board, the menu of the card in focus opens; elsewhere M moves the record of the page.
function moveCard() {
  const button = rowOf(document.activeElement)?.querySelector("[data-move]");
  button?.focus();
  button?.click();
  return Boolean(button);
}

const acts = {
  j: () => walk(1),
  k: () => walk(-1),
  x: () => rowOf(document.activeElement)?.querySelector('input[type="checkbox"]')?.click(),
  z: () => undo(),
  n: () => press("n"),
  e: () => press("e"),
  c: () => press("c"),
  r: () => press("r"),
  a: () => press("a"),
  f: () => press("f"),
  s: () => press("s"),
  u: () => press("u"),
  "#": () => press("#"),
  m: () => moveCard() || press("m"),
  "?": () => open(document.getElementById("keys")),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.target.closest(TYPING)) return;
  const modal = document.querySelector("dialog:modal");
  if (modal && modal.parentElement?.id !== "drawer") return;
  const key = event.key === "?" ? "?" : event.key.toLowerCase();
  if (key === "escape" && !modal) return document.querySelector("details[data-menu][open]") || press("escape");
  if (!letters && key !== "?") return;
  if (going) {
    going = false;
    event.preventDefault();
    return go(key);
  }
  if (key === "g" && !modal) {
    going = true;
    return;
  }
  if (key.startsWith("arrow") && !modal && press(key)) return event.preventDefault();
  if (!acts[key]) return;
  event.preventDefault();
  acts[key]();
});
document.addEventListener("pointerdown", () => { going = false; });
