// Forms: the button that was pressed says that it works, and a double click sends once; a refused form gives the focus to its summary;
// Ctrl Enter sends, Ctrl S saves; [data-autosubmit] sends when a choice changes.
let sent = new WeakSet();
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || event.defaultPrevented || event.target.method !== "post" || event.target.hasAttribute("data-download")) return;
  if (sent.has(event.target)) return event.preventDefault();
  if (!button.formTarget) sent.add(event.target); // a preview in its frame leaves the page, so it may be asked for again
  requestAnimationFrame(() => button.setAttribute("aria-busy", "true"));
});
addEventListener("pageshow", idle);
document.addEventListener("htmx:finally:request", idle);

function idle() {
  sent = new WeakSet();
  for (const button of document.querySelectorAll('button[aria-busy="true"]')) button.removeAttribute("aria-busy");
}

document.addEventListener("change", ({ target }) => {
  if (target.closest("[data-autosubmit]")) target.form?.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") idle(); // it stops a page that is loading
  if (!(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest?.("form") ?? document.querySelector("form[data-save]");
  if (!form || form.method === "dialog") return;
  const sends = event.key === "Enter" && event.target.matches("textarea, input");
  const saves = event.key.toLowerCase() === "s" && form.hasAttribute("data-save");
  if (!sends && !saves) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[data-default]") ?? undefined);
});

function focusSummary(root) {
  root.querySelector("[data-focus]")?.focus();
}
document.addEventListener("htmx:after:settle", ({ target }) => {
  document.querySelector("[data-problem]")?.remove();
  focusSummary(target);
});
focusSummary(document);

// What an answer was to fill may have been drawn anew while it was on its way: the piece of that name takes it.
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.target?.id && !ctx.target.isConnected) ctx.target = document.getElementById(ctx.target.id) ?? ctx.target;
});

// The server could not answer: say it in the page, keep what is there.
document.addEventListener("htmx:response:error", ({ detail }) => {
  if (detail.ctx.response.status >= 500 || [403, 404].includes(detail.ctx.response.status)) refuse();
});
document.addEventListener("htmx:error", refuse);

function refuse() {
  const model = document.getElementById("problem-model");
  const place = document.querySelector("dialog[open] .top, [data-problems]");
  if (!model || !place || place.querySelector("[data-problem]")) return;
  place.append(model.content.cloneNode(true));
}
