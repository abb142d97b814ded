// The overview: what a scan found, in figures and pictures.

function leadOf({ documents, duplicates, clusters: found }) {
  if (!documents) return say("lead.empty");
  if (!found) return say("lead.none", { n: documents });
  return say("lead.some", { n: documents, copies: duplicates, clusters: found });
}

function overview() {
  const figures = DATA.figures;
  const entries = [
    ["documents", figures.documents], ["duplicates", figures.duplicates],
    ["share", figures.documents ? percent(figures.duplicates / figures.documents) : "–"],
    ["clusters", figures.clusters], ["sites", figures.sites], ["credited", figures.credited],
    ["stripped", figures.stripped], ["bad_records", figures.bad_records],
  ];
  return [
    make("h2", { class: "unseen", tabindex: "-1", text: say("view.overview") }),
    make("dl", { class: "figures" }, entries.map(([name, value]) => make("div", {},
      make("dt", { text: say("figure." + name, { n: typeof value === "number" ? value : 2 }) }),
      make("dd", { text: typeof value === "number" ? number(value) : value })))),
    make("div", { class: "pictures" }, relationsPicture(), spreadPicture(), sizesPicture(), blocksPicture(), carriedPicture()),
    largestStories(),
  ];
}

function relationsPicture() {
  const items = Object.entries(DATA.relations).map(([kind, n]) =>
    ({ label: called("relation", kind), n, kind, href: kind === "passage" ? null : hash({ clusters: true, relation: kind }) }));
  const title = say("picture.relations");
  return items.length > 0 && figure("relations", title, say("picture.relations_note"), bars(title, items),
    { head: [say("column.relation"), say("column.pairs")], rows: items.map(({ label, n }) => [label, n]) });
}

function sizesPicture() {
  const items = DATA.sizes.map(([low, high, n]) =>
    ({ label: low === high ? number(low) : high === null ? low + "+" : low + "–" + high, n }));
  const title = say("picture.sizes");
  return items.length > 0 && figure("sizes", title, say("picture.sizes_note"), columns(title, items),
    { head: [say("column.size"), say("column.clusters")], rows: items.map(({ label, n }) => [label, n]) });
}

function spreadPicture() {
  const { unit, steps, known, copies } = DATA.spread;
  const items = steps.map(([bound, n]) => ({ label: say("step." + unit + "." + (bound ?? "later")), n }));
  const title = say("picture.spread");
  const note = say("picture.spread_" + unit, { n: known, copies });
  return items.length > 0 && figure("spread", title, note, columns(title, items),
    { head: [say("column.delay"), say("column.copies")], rows: items.map(({ label, n }) => [label, n]) });
}

function blocksPicture() {
  const items = Object.entries(DATA.blocks).map(([label, n]) => ({ label: called("label", label), n }))
    .sort((a, b) => b.n - a.n);
  const title = say("picture.blocks");
  return items.length > 0 && figure("blocks", title, say("picture.blocks_note"), bars(title, items),
    { head: [say("column.label"), say("column.blocks")], rows: items.map(({ label, n }) => [label, n]) });
}

function carriedPicture() {
  const { rows, columns: names, cells } = DATA.carried;
  const title = say("picture.carried");
  return rows.length > 0 && figure("carried", title, say("picture.carried_note"),
    matrix(title, rows, names, cells, (site, agency) => hash({ clusters: true, site, agency })),
    { wide: true, head: [say("column.site"), ...names], rows: rows.map((row, at) => [row, ...cells[at]]) });
}

function largestStories() {
  if (!clusters.length) return make("p", { class: "nothing", text: say("no_clusters") });
  return make("section", { class: "largest", "aria-labelledby": "largest" },
    make("h2", { id: "largest", text: say("largest") }),
    make("ol", { class: "list" }, clusters.slice(0, 5).map(storyItem)),
    make("p", {}, link("#clusters", say("all_clusters", { n: clusters.length }))));
}
