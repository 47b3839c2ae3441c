// Native dialogs: [data-dialog-open="id"] opens, [data-dialog-close] and a click beside it close; focus returns.
// A dialog that the server puts into #dialog opens at once.
const openers = new WeakMap();

export function open(dialog, opener = document.activeElement) {
  if (!dialog || dialog.open) return;
  openers.set(dialog, opener);
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) {
    event.preventDefault();
    open(document.getElementById(opener.dataset.dialogOpen), opener);
    return;
  }
  if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog")?.close();
  if (event.target instanceof HTMLDialogElement && event.target.open && outside(event)) event.target.close();
});

function outside({ target, clientX: x, clientY: y }) {
  const box = target.getBoundingClientRect();
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}

document.addEventListener("close", ({ target }) => {
  const opener = openers.get(target);
  if (opener?.isConnected) opener.focus();
  else document.getElementById("main")?.focus({ preventScroll: true });
}, true);

document.addEventListener("htmx:after:settle", ({ target }) => {
  if (target.id === "dialog") open(target.querySelector("dialog"));
});
document.addEventListener("close-dialog", () => document.querySelector("#dialog dialog[open]")?.close());
