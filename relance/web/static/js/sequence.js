// The editor of a sequence: a step that is dragged takes its place in the form. Its buttons do the same without this.
const list = document.querySelector("[data-steps]");
let held = null;

const steps = () => [...list.querySelectorAll("[data-step]")];

list?.addEventListener("dragstart", (event) => {
  if (event.target.closest("input, select, textarea")) return event.preventDefault();
  held = event.target.closest("[data-step]");
  event.dataTransfer.effectAllowed = "move";
  return undefined;
});
list?.addEventListener("dragover", (event) => {
  const over = event.target.closest("[data-step]");
  if (!held || !over) return;
  event.preventDefault();
  if (over === held) return;
  const all = steps();
  list.insertBefore(held, all.indexOf(held) < all.indexOf(over) ? over.nextSibling : over);
});
list?.addEventListener("drop", (event) => event.preventDefault());
list?.addEventListener("dragend", () => { held = null; });
