// Builds serving/web/static/vendor: our style sheet (GOV.UK Frontend's components without its brand or font),
// our scripts, and MapLibre's modules. Nothing else is shipped; nothing loads from another host.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const top = join(here, "..", "..", "..");
const modules = join(top, "node_modules");
const vendor = join(here, "..", "static", "vendor");
const maplibre = join(modules, "maplibre-gl", "dist");

rmSync(vendor, { recursive: true, force: true });
mkdirSync(join(vendor, "maplibre"), { recursive: true });

const style = sass.compile(join(here, "forebridge.scss"), {
  loadPaths: [modules],
  style: "compressed",
  quietDeps: true,
});
const unwanted = /GDS Transport|@font-face|url\((?!["']?#)/i.exec(style.css);
if (unwanted) throw new Error(`The style sheet holds ${unwanted[0]}: a brand font or an outside file`);
writeFileSync(join(vendor, "forebridge.css"), style.css);

for (const name of ["map.mjs", "mark.svg"]) {
  copyFileSync(join(here, name), join(vendor, name));
}
for (const name of ["maplibre-gl.mjs", "maplibre-gl-shared.mjs", "maplibre-gl-worker.mjs", "maplibre-gl.css"]) {
  copyFileSync(join(maplibre, name), join(vendor, "maplibre", name));
}
