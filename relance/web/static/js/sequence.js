// The editor of a sequence: a step that is dragged takes its place in the form, and its card says at once what its
// fields hold. The buttons do all of it without this.
const form = document.querySelector("[data-steps-form]");
const list = form.querySelector("[data-steps]");
let held = null;
let asked = 0;

const steps = () => [...list.querySelectorAll("[data-step]")];

list.addEventListener("dragstart", (event) => {
  if (event.target.closest("input, select, textarea")) return event.preventDefault();
  held = event.target.closest("[data-step]");
  event.dataTransfer.effectAllowed = "move";
  return undefined;
});
list.addEventListener("dragover", (event) => {
  const over = event.target.closest("[data-step]");
  if (!held || !over) return;
  event.preventDefault();
  if (over === held) return;
  const all = steps();
  list.insertBefore(held, all.indexOf(held) < all.indexOf(over) ? over.nextSibling : over);
});
list.addEventListener("drop", (event) => event.preventDefault());
list.addEventListener("dragend", () => {
  held = null;
  tell();
});

// The step that is open stays so when the page comes back, and one that the browser refuses is opened.
list.addEventListener("toggle", ({ target }) => { if (target.open && target.dataset.key) form.elements.open.value = target.dataset.key; }, true);
form.addEventListener("invalid", ({ target }) => {
  for (let card = target.closest("details"); card; card = card.parentElement.closest("details")) card.open = true;
}, true);

// What a card tells beside its fields is told by the server; an answer that another has overtaken is dropped.
form.addEventListener("change", tell);

async function tell() {
  asked += 1;
  const number = asked;
  const answer = await fetch(location.href, { method: "POST", body: new FormData(form) }).catch(() => null);
  if (!answer?.ok || number !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const fresh of page.querySelectorAll("[data-told]")) {
    const old = document.getElementById(fresh.id);
    if (old && old.innerHTML !== fresh.innerHTML) old.replaceChildren(...fresh.childNodes);
  }
}
