// A rich area over a textarea, by TipTap: fields such as {Person.firstName} are chips, what is pasted from Word or
// Google Docs is cleaned. The textarea keeps the words: without this script it is edited as it is.
import { Editor, Image, Node, StarterKit, mergeAttributes } from "../vendor/tiptap.min.js";

const FIELD = /\{([^{}<>\n]{1,120})\}/g;
const BEYOND = /<(table|style|div|section|center|font|span)\b|\sstyle=|\sclass=|<!--/i;
const areas = new WeakMap();

const Merge = Node.create({
  name: "merge", group: "inline", inline: true, atom: true, selectable: true,
  addAttributes: () => ({ words: { default: "", parseHTML: (tag) => tag.dataset.merge, renderHTML: ({ words }) => ({ "data-merge": words }) } }),
  parseHTML: () => [{ tag: "span[data-merge]" }],
  renderHTML: ({ node, HTMLAttributes }) => ["span", mergeAttributes(HTMLAttributes, { class: "merge" }), node.attrs.words],
  renderText: ({ node }) => `{${node.attrs.words}}`,
});

export const richOf = (area) => areas.get(area);
export const canBeRich = (html) => !BEYOND.test(html);

export function rich(area, { label, onChange = () => {} } = {}) {
  const place = document.createElement("div");
  place.className = "rich-place";
  area.after(place);
  area.hidden = true;
  const editor = new Editor({
    element: place, injectCSS: false, content: withChips(area.value),
    extensions: [
      StarterKit.configure({ link: { openOnClick: false, HTMLAttributes: { target: null, rel: null, class: null }, isAllowedUri: (url, { defaultValidate }) => url.startsWith("{") || defaultValidate(url) } }),
      Image, Merge,
    ],
    editorProps: { attributes: { class: "rich", role: "textbox", "aria-multiline": "true", "aria-label": label }, transformPastedHTML: cleaned },
    onUpdate: () => {
      area.value = withBraces(editor.getHTML());
      area.dispatchEvent(new Event("input", { bubbles: true }));
      onChange();
    },
  });
  const made = {
    editor,
    insert: (words) => editor.chain().focus().insertContent(withChips(words)).run(),
    source: (on) => {
      if (!on) editor.commands.setContent(withChips(area.value));
      area.hidden = !on;
      place.hidden = on;
    },
    remove: () => { editor.destroy(); place.remove(); area.hidden = false; areas.delete(area); },
  };
  areas.set(area, made);
  return made;
}

// Words between braces become chips, wherever they stand as text; inside tags they stay as they are.
function withChips(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const walker = document.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts.filter((each) => each.data.includes("{"))) {
    const pieces = text.data.split(FIELD).map((piece, index) => {
      if (index % 2 === 0) return piece;
      const chip = page.createElement("span");
      chip.dataset.merge = piece;
      return chip;
    });
    text.replaceWith(...pieces);
  }
  return page.body.innerHTML;
}

function withBraces(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const chip of page.querySelectorAll("span[data-merge]")) chip.replaceWith(`{${chip.dataset.merge}}`);
  for (const empty of page.querySelectorAll("p:empty")) empty.append(page.createElement("br"));
  return page.body.innerHTML;
}

const hasStyle = (tag, said) => said.test(tag.dataset.looks ?? "");

// What Word and Google Docs put on the clipboard, as plain paragraphs, lists, bold and links. Styles are read as words
// under another name: the policy of the page forbids to apply them, even in a document that nobody sees.
export function cleaned(html) {
  const bare = html.replace(/<style[\s\S]*?<\/style>/gi, "").replace(/\sstyle\s*=/gi, " data-looks=");
  const page = new DOMParser().parseFromString(bare, "text/html");
  const comments = document.createTreeWalker(page, NodeFilter.SHOW_COMMENT);
  const gone = [];
  while (comments.nextNode()) gone.push(comments.currentNode);
  for (const each of [...gone, ...page.querySelectorAll("style, script, meta, link, xml, title")]) each.remove();
  lists(page);
  for (const tag of page.querySelectorAll("b")) if (tag.id.startsWith("docs-internal-guid") || hasStyle(tag, /(^|;)\s*font-weight:\s*(normal|400)/)) tag.replaceWith(...tag.childNodes);
  for (const span of page.querySelectorAll("span[data-looks]")) {
    const name = hasStyle(span, /(^|;)\s*font-weight:\s*(bold|[6-9]00)/) ? "strong" : hasStyle(span, /(^|;)\s*font-style:\s*italic/) ? "em" : "";
    if (!name) continue;
    const tag = page.createElement(name);
    tag.append(...span.childNodes);
    span.replaceWith(tag);
  }
  for (const tag of page.body.querySelectorAll("*")) {
    if (tag.localName.includes(":") || tag.localName === "font") tag.replaceWith(...tag.childNodes);
    else for (const { name } of [...tag.attributes]) if (!["href", "src", "alt", "data-merge"].includes(name)) tag.removeAttribute(name);
  }
  for (const span of page.body.querySelectorAll("span:not([data-merge])")) span.replaceWith(...span.childNodes);
  return withChips(page.body.innerHTML.replaceAll("\u00a0", " "));
}

// Word writes lists as paragraphs with a bullet of their own in front.
function lists(page) {
  for (const first of page.querySelectorAll("p[class*='MsoListParagraph']")) {
    if (!first.isConnected || first.closest("ul, ol")) continue;
    const bullets = first.textContent.trim();
    const list = page.createElement(/^\d+[.)]/.test(bullets) ? "ol" : "ul");
    first.before(list);
    for (let each = first; each?.matches?.("p[class*='MsoListParagraph']");) {
      const next = each.nextElementSibling;
      const item = page.createElement("li");
      for (const mark of each.querySelectorAll("span[data-looks*='mso-list']")) mark.remove();
      item.append(...each.childNodes);
      list.append(item);
      each.remove();
      each = next;
    }
  }
}
