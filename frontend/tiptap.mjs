// What Relance uses of TipTap, as one module: `npm run build` makes relance/web/static/vendor/tiptap.min.js of it.
export { Editor, Node, mergeAttributes } from "@tiptap/core";
export { default as Image } from "@tiptap/extension-image";
export { default as StarterKit } from "@tiptap/starter-kit";
