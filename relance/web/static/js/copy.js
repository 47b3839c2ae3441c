// [data-copy="id"] copies the value of a field; where the browser lets no page do this, the button stays hidden.
import { say } from "./toasts.js";

const buttons = navigator.clipboard ? document.querySelectorAll("[data-copy]") : [];
for (const button of buttons) button.hidden = false;

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    say(button.dataset.said);
  } catch {
    document.execCommand("copy");
  }
});
