// What each outlet carried, and what was stripped from its pages.

function outletsView() {
  const rows = DATA.outlets.map(([site, documents, original, agency, copied, delay, agencies, from]) =>
    ({ site, documents, original, agency, copied, delay, agencies, from }));
  const heading = make("h2", { tabindex: "-1", text: say("view.outlets") });
  if (!rows.length) return [heading, make("p", { class: "nothing", text: say("no_outlets") })];
  const share = (key) => ({
    key, name: say("column." + key), number: true, down: true, by: (row) => row[key] / row.documents,
    cell: (row) => percent(row[key] / row.documents),
  });
  const most = (counts) => {
    const found = Object.entries(counts).sort((a, b) => b[1] - a[1]);
    return found.length ? [...found.slice(0, 3).flatMap(([name, n], at) => [at ? ", " : "", make("bdi", { text: name }), "\u00a0" + number(n)]), found.length > 3 ? " …" : ""] : "–";
  };
  const columnsOf = [
    { key: "site", name: say("column.site"), by: ({ site }) => site, cell: ({ site }) => make("a", { href: hash({ clusters: true, site }) }, make("bdi", { text: site })) },
    { key: "documents", name: say("column.documents"), number: true, down: true, by: ({ documents }) => documents, cell: ({ documents }) => number(documents) },
    { key: "mix", name: say("column.mix"), cell: mixStrip },
    share("original"), share("agency"), share("copied"),
    { key: "delay", name: say("column.median_delay"), number: true, by: ({ delay }) => delay, cell: ({ delay }) => (delay === null ? "–" : duration(delay)) },
    { key: "agencies", name: say("column.agencies"), long: true, cell: ({ agencies }) => most(agencies) },
    { key: "from", name: say("column.copied_from"), long: true, cell: ({ from }) => most(from) },
  ];
  return [heading, make("p", { class: "standfirst", text: say("outlets.note") }),
    make("p", { class: "legend" }, ["original", "agency", "copied"].map((kind) => make("span", { class: "tag" },
      draw("svg", { viewBox: "0 0 16 16", class: "glyph", "aria-hidden": "true" }, draw("rect", { class: "mix-" + kind, x: 2, y: 2, width: 12, height: 12 })), say("column." + kind)))),
    sortable({ caption: say("outlets.caption"), name: say("view.outlets"), columns: columnsOf, rows, sort: "documents", down: true }),
    DATA.outletsInAll > rows.length && make("p", { class: "notice", text: say("left_out.outlets", { n: rows.length, all: DATA.outletsInAll }) })];
}

function mixStrip(row) {
  let x = 0;
  return draw("svg", { viewBox: "0 0 120 8", class: "strip", "aria-hidden": "true", preserveAspectRatio: "none" },
    draw("rect", { class: "rest", x: 0, y: 0, width: 120, height: 8 }),
    ["original", "agency", "copied"].map((kind) => {
      const width = (row[kind] / row.documents) * 120, rect = draw("rect", { class: "mix-" + kind, x, y: 0, width, height: 8 });
      x += width;
      return rect;
    }));
}

const MATRIX_SITES = 15, MATRIX_LABELS = 10;

function strippedView() {
  const rows = DATA.stripped.map(([site, documents, blocks]) =>
    ({ site: site ?? say("no_site"), documents, blocks, all: Object.values(blocks).reduce((sum, n) => sum + n, 0) }));
  const heading = make("h2", { tabindex: "-1", text: say("view.stripped") });
  if (!rows.length) return [heading, make("p", { class: "nothing", text: say("no_stripped") })];
  const totals = {};
  for (const { blocks } of rows) for (const [label, n] of Object.entries(blocks)) totals[label] = (totals[label] ?? 0) + n;
  const labels = Object.keys(totals).filter((label) => totals[label]).sort((a, b) => totals[b] - totals[a]);
  const names = labels.slice(0, MATRIX_LABELS), title = say("picture.stripped"), first = rows.slice(0, MATRIX_SITES);
  const cells = first.map(({ blocks }) => names.map((label) => blocks[label] ?? 0));
  const columnsOf = [
    { key: "site", name: say("column.site"), by: ({ site }) => site, cell: ({ site }) => make("bdi", { text: site }) },
    { key: "documents", name: say("column.documents"), number: true, down: true, by: ({ documents }) => documents, cell: ({ documents }) => number(documents) },
    { key: "all", name: say("column.blocks"), number: true, down: true, by: ({ all }) => all, cell: ({ all }) => number(all) },
    { key: "each", name: say("column.each"), number: true, down: true, by: ({ all, documents }) => all / documents, cell: ({ all, documents }) => number(all / documents, 1) },
    ...labels.map((label) => ({
      key: label, name: called("label", label), number: true, down: true, by: ({ blocks }) => blocks[label] ?? 0,
      cell: ({ blocks }) => (blocks[label] ? number(blocks[label]) : "·"),
    })),
  ];
  return [heading, make("p", { class: "standfirst", text: say("stripped.note") }),
    make("div", { class: "pictures" }, figure("stripped", title, say("picture.stripped_note"),
      matrix(title, first.map(({ site }) => site), names.map((label) => called("label", label)), cells, null),
      { wide: true, head: [say("column.site"), ...names.map((label) => called("label", label))], rows: first.map(({ site }, at) => [site, ...cells[at]]) })),
    sortable({ caption: say("stripped.caption"), name: say("view.stripped"), columns: columnsOf, rows, sort: "all", down: true })];
}

function methodView() {
  const table = (title, rows) => make("table", { class: "plain" }, make("caption", { text: title }), make("tbody", {},
    Object.entries(rows).map(([name, value]) => make("tr", {}, make("th", { scope: "row", text: name }), make("td", { text: typeof value === "object" ? JSON.stringify(value) : value })))));
  return [make("h2", { tabindex: "-1", text: say("view.method") }),
    make("div", { class: "prose" }, ["relations", "heads", "agency", "origin", "time"].map((name) => make("p", { text: say("method." + name) }))),
    scrolling(say("method.parameters"), make("div", { class: "twoTables" }, table(say("method.parameters"), DATA.parameters), table(say("method.versions"), DATA.versions)))];
}
