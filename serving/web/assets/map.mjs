// The map: MapLibre where WebGL 2 is there, else the drawing that came with the page. Either way the table below
// is the same thing in words: one selection, one layer, kept in the address.
const box = document.getElementById("map");
const controls = document.getElementById("controls");
const table = document.getElementById("areas");
const panel = document.getElementById("panel");
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const dark = matchMedia("(prefers-color-scheme: dark)");
const isZones = box?.dataset.geography === "zone";
const isHomes = box?.dataset.geography === "homes";
const state = { layer: box?.dataset.layer, area: box?.dataset.area, areas: null, map: null };

const paint = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const layerNow = () => state.areas?.layers.find((layer) => layer.id === state.layer);
const nothing = ["==", ["literal", 1], 0];
const drawing = () => box.querySelector("svg");

if (box) start();

async function start() {
  if (controls) useControls();
  if (table) useTable();
  useDrawing();
  try {
    state.areas = await fetchJson(box.dataset.areas);
  } catch {
    return; // The drawing and the table that came with the page stand.
  }
  if (!canDraw()) {
    fallBack();
    return;
  }
  try {
    await draw();
  } catch {
    fallBack();
  }
}

async function fetchJson(address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function canDraw() {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    return false;
  }
}

function fallBack() {
  box.querySelector(".fb-gl")?.remove();
  box.dataset.drawn = "svg";
  state.map = null;
  drawing()?.removeAttribute("hidden");
  repaintDrawing();
}

// ---- MapLibre -----------------------------------------------------------------------------------------------
async function draw() {
  const { Map, NavigationControl, ScaleControl } = await import(box.dataset.library);
  const [outlines, points] = await Promise.all([optional(box.dataset.outlines), optional(box.dataset.points)]);
  const place = document.createElement("div");
  place.className = "fb-gl";
  box.append(place);
  const [west, south, east, north] = box.dataset.box.split(",").map(Number);
  const map = new Map({
    container: place,
    style: styleOf(outlines, points),
    bounds: [[west, south], [east, north]],
    fitBoundsOptions: { padding: 18 },
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    fadeDuration: 0,
    locale: { "Map.Title": "Map. Arrow keys move it, plus and minus zoom, Enter picks what lies under the ring" },
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ maxWidth: 110 }), "bottom-right");
  await ready(map);
  state.map = box.map = map;
  addHatch(map);
  recolour();
  select(state.area, { quietly: true });
  listen(map, place);
  drawing()?.setAttribute("hidden", "");
  box.dataset.drawn = "webgl";
}

const optional = (address) => (address ? fetchJson(address) : null);

function ready(map) {
  return new Promise((resolve, reject) => {
    map.once("load", resolve);
    map.once("error", (event) => reject(event.error ?? new Error("map")));
    map.getCanvas().addEventListener("webglcontextlost", () => { fallBack(); reject(new Error("lost")); });
  });
}

function styleOf(outlines, points) {
  const picked = isZones ? "outlines" : "areas";
  const layers = [
    { id: "back", type: "background" },
    { id: "fill", type: "fill", source: "areas" },
    { id: "hatch", type: "fill", source: "areas", filter: nothing },
    { id: "edge", type: "line", source: "areas" },
    ...(outlines ? [{ id: "outline", type: "line", source: "outlines" }] : []),
    { id: "picked-halo", type: "line", source: picked, filter: nothing },
    { id: "picked", type: "line", source: picked, filter: nothing },
  ];
  const sources = { areas: { type: "geojson", data: state.areas, promoteId: "code" } };
  if (outlines) sources.outlines = { type: "geojson", data: outlines };
  if (isZones) {
    sources.labels = { type: "geojson", data: labelsOf(outlines) };
    // Numbers always stand; a name that would run into another is left out.
    const below = { ...words("name", 14), "text-anchor": "top", "text-offset": [0, 1], "text-max-width": 8 };
    layers.push({ id: "names", type: "symbol", source: "labels", layout: below });
    const always = { ...words("number", 19), "text-allow-overlap": true, "text-ignore-placement": true };
    layers.push({ id: "numbers", type: "symbol", source: "labels", layout: always });
  }
  if (points) {
    sources.points = { type: "geojson", data: points };
    layers.push({ id: "points", type: "circle", source: "points" });
    const above = { ...words("name", 15), "text-offset": [0, -1.5], "text-anchor": "bottom", "text-allow-overlap": true };
    layers.push({ id: "names", type: "symbol", source: "points", filter: ["==", ["get", "kind"], "chosen"], layout: above });
  }
  return { version: 8, sources, layers };
}

const words = (field, size) => ({
  "text-field": ["to-string", ["get", field]],
  "text-font": ["system-ui", "Liberation Sans", "Arial"],
  "text-size": size,
});

function labelsOf(outlines) {
  const features = outlines.features.map(({ properties }) => ({
    type: "Feature",
    properties: { name: properties.name, number: properties.number },
    geometry: { type: "Point", coordinates: properties.label_at },
  }));
  return { type: "FeatureCollection", features };
}

function addHatch(map) {
  const size = 16;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const pen = canvas.getContext("2d");
  pen.fillStyle = paint("hatch-back");
  pen.fillRect(0, 0, size, size);
  pen.strokeStyle = paint("hatch-ink");
  pen.lineWidth = 2;
  for (const from of [-size, 0, size]) {
    pen.beginPath();
    pen.moveTo(from, size);
    pen.lineTo(from + size, 0);
    pen.stroke();
  }
  const image = pen.getImageData(0, 0, size, size);
  if (map.hasImage("hatch")) map.removeImage("hatch");
  map.addImage("hatch", image, { pixelRatio: 2 });
}

function recolour() {
  const map = state.map;
  if (!map) return;
  const layer = layerNow();
  const classes = (layer?.classes ?? []).filter((entry) => entry.key !== "hidden");
  const colour = classes.length
    ? ["match", ["get", layer.id], ...classes.flatMap((c) => [c.key, paint(c.colour)]), paint("hatch-back")]
    : paint("sequential-1");
  const hatched = layer ? ["==", ["get", layer.id], "hidden"] : nothing;
  map.setPaintProperty("back", "background-color", paint("map-back"));
  map.setPaintProperty("fill", "fill-color", colour);
  map.setPaintProperty("hatch", "fill-pattern", "hatch");
  map.setFilter("hatch", hatched);
  map.setPaintProperty("edge", "line-color", paint("map-edge"));
  map.setPaintProperty("edge", "line-width", ["interpolate", ["linear"], ["zoom"], 7, 0.4, 12, 1.4]);
  map.setPaintProperty("picked-halo", "line-color", paint("map-halo"));
  map.setPaintProperty("picked-halo", "line-width", 7);
  map.setPaintProperty("picked", "line-color", paint("picked"));
  map.setPaintProperty("picked", "line-width", 3.5);
  if (map.getLayer("outline")) {
    map.setPaintProperty("outline", "line-color", paint("map-ink"));
    map.setPaintProperty("outline", "line-width", isHomes ? 0.8 : 1.8);
  }
  for (const id of ["names", "numbers"].filter((name) => map.getLayer(name))) {
    map.setPaintProperty(id, "text-color", paint(isZones ? "zone-ink" : "map-ink"));
    map.setPaintProperty(id, "text-halo-color", paint(isZones ? "zone-halo" : "map-halo"));
    map.setPaintProperty(id, "text-halo-width", 2);
  }
  if (map.getLayer("points")) recolourPoints(map);
}

function recolourPoints(map) {
  const byKind = (existing, candidate, chosen) => ["match", ["get", "kind"], "candidate", candidate, "chosen", chosen, existing];
  const beds = ["sqrt", ["max", ["coalesce", ["get", "beds"], 0], 1]];
  map.setPaintProperty("points", "circle-color", byKind(paint("home-fill"), paint("site-fill"), paint("chosen-fill")));
  map.setPaintProperty("points", "circle-radius", byKind(["+", 3, ["*", 1.25, beds]], 8, 14));
  map.setPaintProperty("points", "circle-stroke-width", byKind(1.5, 2.4, 2.2));
  map.setPaintProperty("points", "circle-stroke-color", byKind(paint("map-halo"), paint("map-ink"), paint("map-ink")));
}

function listen(map, place) {
  const tip = document.createElement("div");
  tip.className = "fb-tip";
  tip.hidden = true;
  const cross = document.createElement("div");
  cross.className = "fb-cross";
  box.append(tip, cross);
  map.on("mousemove", "fill", (event) => showTip(tip, event));
  map.on("mouseleave", "fill", () => { tip.hidden = true; map.getCanvas().style.cursor = ""; });
  map.on("click", "fill", (event) => pick(event.features[0].properties));
  place.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const found = map.queryRenderedFeatures(map.project(map.getCenter()), { layers: ["fill"] });
    if (found.length) pick(found[0].properties);
  });
}

function pick(facts) {
  if (isZones) openZone(`[data-number="${facts.zones}"]`);
  else select(facts.code);
}

function openZone(which) {
  const link = document.querySelector(`#zones tr${which} a`);
  if (link) location.assign(link.href);
}

function showTip(tip, event) {
  const facts = event.features[0].properties;
  const point = state.map.getLayer("points") && state.map.queryRenderedFeatures(event.point, { layers: ["points"] })[0];
  const title = document.createElement("b");
  title.textContent = point ? point.properties.name : facts.name;
  tip.replaceChildren(title, point ? wordsForPoint(point.properties) : wordsFor(facts));
  tip.hidden = false;
  const left = Math.min(event.point.x + 14, box.clientWidth - tip.offsetWidth - 8);
  const above = event.point.y + 16 + tip.offsetHeight > box.clientHeight;
  tip.style.transform = `translate(${left}px, ${above ? event.point.y - tip.offsetHeight - 12 : event.point.y + 16}px)`;
  state.map.getCanvas().style.cursor = "pointer";
}

function wordsForPoint({ kind, beds }) {
  const named = { existing: "Existing home", candidate: "Candidate site", chosen: "Chosen site" }[kind];
  return beds ? `${named}, ${kind === "candidate" ? "up to " : ""}${beds} beds` : named;
}

function wordsFor(facts) {
  const layer = layerNow();
  return layer ? `${layer.column}: ${facts[`${layer.id}_words`]}` : "";
}

// ---- the drawing that came with the page --------------------------------------------------------------------
function useDrawing() {
  drawing()?.addEventListener("click", (event) => {
    const code = event.target.closest("[data-code]")?.dataset.code;
    if (!code) return;
    if (isZones) openZone(`[data-code="${CSS.escape(code)}"]`);
    else select(code);
  });
}

function repaintDrawing() {
  const layer = layerNow();
  if (!layer || isZones) return;
  const colours = Object.fromEntries(layer.classes.map((entry) => [entry.key, entry.colour]));
  const keys = Object.fromEntries(state.areas.features.map((f) => [f.properties.code, f.properties[layer.id]]));
  for (const path of drawing().querySelectorAll(".area")) {
    path.setAttribute("class", `area paint-${colours[keys[path.dataset.code]] ?? "hidden"}`);
    path.classList.toggle("is-picked", path.dataset.code === state.area);
  }
}

// ---- one selection ------------------------------------------------------------------------------------------
function select(code, { quietly = false } = {}) {
  if (isHomes) return;
  state.area = code ?? "";
  if (state.map) {
    for (const id of ["picked", "picked-halo"]) state.map.setFilter(id, ["==", ["get", "code"], state.area]);
  }
  for (const path of drawing()?.querySelectorAll(".area") ?? []) {
    path.classList.toggle("is-picked", path.dataset.code === state.area);
  }
  markRow(code, quietly);
  if (!quietly) {
    remember();
    showPanel(code);
  }
}

function markRow(code, quietly) {
  for (const row of table?.tBodies[0].rows ?? []) {
    const isIt = row.dataset.code === code;
    row.classList.toggle("is-picked", isIt);
    const link = row.querySelector("a");
    if (isIt) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    if (isIt && !quietly) keepInView(row);
  }
}

function keepInView(row) {
  const frame = row.closest(".fb-scroll");
  const head = table.tHead.offsetHeight;
  const top = row.offsetTop - head;
  const seen = top >= frame.scrollTop && row.offsetTop + row.offsetHeight <= frame.scrollTop + frame.clientHeight;
  if (!seen) frame.scrollTo({ top: top - frame.clientHeight / 3, behavior: still ? "auto" : "smooth" });
}

async function showPanel(code) {
  if (!panel || !code) return;
  const asked = new URLSearchParams({ code, geography: box.dataset.geography });
  const answer = await fetch(`/map/area?${asked}`, { credentials: "same-origin" });
  if (answer.ok && state.area === code) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    panel.replaceChildren(...page.body.childNodes);
  }
}

function remember() {
  const address = new URL(location.href);
  address.searchParams.set("layer", state.layer);
  if (state.area) address.searchParams.set("area", state.area);
  history.replaceState(null, "", address);
}

// ---- controls -----------------------------------------------------------------------------------------------
function useControls() {
  document.getElementById("show-it").hidden = true;
  controls.addEventListener("change", (event) => {
    if (event.target.name === "layer") switchLayer(event.target.value);
    else controls.submit();
  });
  controls.addEventListener("submit", (event) => { event.preventDefault(); controls.submit(); });
  addEventListener("pageshow", () => {
    const ticked = controls.querySelector('input[name="layer"]:checked')?.value;
    if (ticked && ticked !== state.layer) switchLayer(ticked);
  });
}

function switchLayer(id) {
  state.layer = box.dataset.layer = id;
  const layer = layerNow();
  if (!layer) {
    controls.submit();
    return;
  }
  document.getElementById("sentence").textContent = layer.sentence;
  document.getElementById("about").textContent = layer.about;
  document.getElementById("unit").textContent = layer.column;
  document.getElementById("legend").replaceChildren(...layer.classes.map(legendEntry));
  recolour();
  repaintDrawing();
  remember();
}

function legendEntry(entry) {
  const item = document.createElement("li");
  const swatch = document.createElement("i");
  swatch.className = `fb-swatch paint-${entry.colour}`;
  swatch.setAttribute("aria-hidden", "true");
  const count = document.createElement("span");
  count.textContent = `(${entry.count})`;
  item.append(swatch, `${entry.label} `, count);
  return item;
}

// ---- the table ----------------------------------------------------------------------------------------------
function useTable() {
  table.tHead.addEventListener("click", (event) => {
    const head = event.target.closest("th[data-key]");
    if (!head || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    sortBy(head);
  });
  table.tBodies[0].addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const row = event.target.closest("tr");
    if (!row || event.metaKey || event.ctrlKey) return;
    if (link) event.preventDefault();
    select(row.dataset.code);
  });
  const find = document.getElementById("find");
  find.addEventListener("input", () => filterBy(find.value));
  find.form.addEventListener("submit", (event) => event.preventDefault());
}

function sortBy(head) {
  const at = head.cellIndex;
  const isName = head.dataset.key === "name";
  const was = head.getAttribute("aria-sort");
  const down = was ? was === "ascending" : !isName;
  const value = (row) => row.cells[at].dataset.sort;
  const compare = (one, other) => (isName ? value(one).localeCompare(value(other)) : Number(value(one)) - Number(value(other)));
  const rows = [...table.tBodies[0].rows];
  const known = rows.filter((row) => value(row) !== "").sort((a, b) => (down ? compare(b, a) : compare(a, b)));
  const rest = rows.filter((row) => value(row) === "");
  table.tBodies[0].append(...known, ...rest);
  for (const other of table.tHead.querySelectorAll("th")) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
}

function filterBy(text) {
  const wanted = text.trim().toLowerCase();
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    const fits = row.cells[0].textContent.toLowerCase().includes(wanted) || row.dataset.code.toLowerCase().includes(wanted);
    row.hidden = !fits;
    shown += fits;
  }
  document.getElementById("found").textContent = `${shown} areas`;
}

dark.addEventListener("change", () => {
  if (!state.map) return;
  addHatch(state.map);
  recolour();
});
