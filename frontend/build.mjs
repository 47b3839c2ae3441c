// Copies the scripts of others into relance/web/static/vendor, with their licences and a manifest of hashes.
// Run by hand after a change of package.json: `npm ci && npm run build`.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const here = new URL(".", import.meta.url);
const vendor = new URL("../relance/web/static/vendor/", here);
const files = [
  { from: "htmx.org/dist/htmx.min.js", to: "htmx.min.js", strip: true },
  { from: "htmx.org/LICENSE", to: "htmx.LICENSE.txt" },
  { from: "sortablejs/Sortable.min.js", to: "sortable.min.js", strip: true },
  { from: "sortablejs/LICENSE", to: "sortable.LICENSE.txt" },
  { from: "@tiptap/core/built.js", to: "tiptap.min.js" },
  { from: "@tiptap/core/LICENSES", to: "tiptap.LICENSE.txt" },
];

await mkdir(vendor, { recursive: true });
// TipTap stands on ProseMirror and some small packages: they are built into one file, and their licences stand in one.
const built = await build({
  entryPoints: [new URL("tiptap.mjs", here).pathname], outfile: new URL("node_modules/@tiptap/core/built.js", here).pathname,
  bundle: true, minify: true, format: "esm", target: "es2022", legalComments: "none", metafile: true,
});
const inside = new Set(Object.keys(built.metafile.inputs).map((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]).filter(Boolean));
const texts = await Promise.all([...inside].sort().map(async (name) => {
  for (const file of ["LICENSE", "LICENSE.md", "license"]) {
    const text = await readFile(new URL(`node_modules/${name}/${file}`, here), "utf8").catch(() => "");
    if (text) return `${name}\n\n${text}`;
  }
  throw new Error(`no licence in ${name}`);
}));
await writeFile(new URL("node_modules/@tiptap/core/LICENSES", here), texts.join("\n\n"));
const manifest = {};
for (const file of files) {
  const source = new URL(`node_modules/${file.from}`, here);
  const target = new URL(file.to, vendor);
  if (file.strip) {
    const text = await readFile(source, "utf8");
    await writeFile(target, text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n"));
  } else {
    await copyFile(source, target);
  }
  const bytes = await readFile(target);
  const name = file.from.match(/^(?:@[^/]+\/)?[^/]+/)[0];
  const { version, license } = JSON.parse(await readFile(new URL(`node_modules/${name}/package.json`, here), "utf8"));
  manifest[file.to] = { package: name, version, license, sha256: createHash("sha256").update(bytes).digest("hex") };
}
await writeFile(new URL("manifest.json", vendor), JSON.stringify(manifest, null, 2) + "\n");
