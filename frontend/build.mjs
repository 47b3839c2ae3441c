// Copies the scripts of others into relance/web/static/vendor, with their licences and a manifest of hashes.
// Run by hand after a change of package.json: `npm ci && npm run build`.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";

const here = new URL(".", import.meta.url);
const vendor = new URL("../relance/web/static/vendor/", here);
const files = [
  { from: "htmx.org/dist/htmx.min.js", to: "htmx.min.js", strip: true },
  { from: "htmx.org/LICENSE", to: "htmx.LICENSE.txt" },
  { from: "sortablejs/Sortable.min.js", to: "sortable.min.js", strip: true },
  { from: "sortablejs/LICENSE", to: "sortable.LICENSE.txt" },
];

await mkdir(vendor, { recursive: true });
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
  const name = file.from.split("/")[0];
  const { version, license } = JSON.parse(await readFile(new URL(`node_modules/${name}/package.json`, here), "utf8"));
  manifest[file.to] = { package: name, version, license, sha256: createHash("sha256").update(bytes).digest("hex") };
}
await writeFile(new URL("manifest.json", vendor), JSON.stringify(manifest, null, 2) + "\n");
