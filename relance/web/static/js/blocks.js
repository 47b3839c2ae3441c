// The blocks of a newsletter: added, written, dragged or moved by buttons. The hidden field keeps them as a list;
// without this script the list is edited as it is.
import { rich } from "./rich.js";

const field = document.querySelector("[data-layout]");
const board = document.querySelector("[data-blocks]");
const kinds = Object.fromEntries([...document.querySelectorAll("[data-kind]")].map((tag) => [tag.dataset.kind, tag]));

function start() {
  let blocks = [];
  try { blocks = JSON.parse(field.value || "[]"); } catch { return; }
  field.closest(".field").hidden = true;
  board.hidden = false;
  fill(board.querySelector("[data-list]"), blocks);
  for (const button of board.querySelectorAll("[data-add]")) button.addEventListener("click", () => add(button.dataset.add));
}

function fill(list, blocks) {
  list.replaceChildren(...blocks.map(card));
  window.Sortable?.create(list, { group: "blocks", handle: "[data-handle]", animation: 120, onEnd: changed });
}

function card(block) {
  const tag = kinds[block.kind].content.firstElementChild.cloneNode(true);
  tag.dataset.block = block.kind;
  for (const input of tag.querySelectorAll("[data-name]")) {
    input.id = `b${Math.random().toString(36).slice(2)}`;
    input.closest("label, .field").querySelector("label")?.setAttribute("for", input.id);
    input.value = block[input.dataset.name] ?? input.value;
  }
  if (block.kind === "columns") {
    const columns = [...tag.querySelectorAll("[data-list]")];
    columns.forEach((column, index) => fill(column, block.columns?.[index] ?? []));
  }
  queueMicrotask(() => {
    for (const area of tag.querySelectorAll("textarea[data-name]")) if (!area.hidden) rich(area, { label: area.getAttribute("aria-label"), onChange: changed });
  });
  return tag;
}

function add(kind) {
  const made = card({ kind });
  board.querySelector("[data-list]").append(made);
  changed();
  queueMicrotask(() => (made.querySelector("[contenteditable], input, select") ?? made.querySelector("button"))?.focus());
}

const told = (list) => [...list.children].map((tag) => {
  const block = { kind: tag.dataset.block };
  if (block.kind === "columns") return { ...block, columns: [...tag.querySelectorAll("[data-list]")].map(told) };
  for (const input of tag.querySelectorAll("[data-name]")) block[input.dataset.name] = input.value;
  return block;
});

function changed() {
  field.value = JSON.stringify(told(board.querySelector("[data-list]")));
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

board.addEventListener("input", (event) => { if (event.target.matches("[data-name]")) changed(); });
board.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-move]");
  const tag = button?.closest("[data-block]");
  if (!tag) return;
  if (button.dataset.move === "up") tag.previousElementSibling?.before(tag);
  else if (button.dataset.move === "down") tag.nextElementSibling?.after(tag);
  else tag.remove();
  changed();
  if (button.isConnected) button.focus();
});

start();
