"use strict";
// Draws the list of clusters from the JSON beside it. Text from the data only ever goes through `textContent`.
(() => {
  const PAGE = 100; // clusters or members drawn at once: a screenful stays quick however many there are
  const { clusters } = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  if (!clusters.length) return;

  // Controls that turn the direction of writing around are shown by their names: a title must not rewrite the page.
  const NAMES = /[\u202a-\u202e\u2066-\u2069]/g;
  const plain = (text) =>
    String(text).replace(NAMES, (char) => "[U+" + char.charCodeAt(0).toString(16).toUpperCase() + "]");

  function make(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name === "text") element.textContent = plain(value);
      else if (name === "on") element.addEventListener("click", value);
      else element.setAttribute(name, plain(value));
    }
    element.append(...children.filter(Boolean));
    return element;
  }

  const number = (value) => value.toLocaleString("en");
  const percent = (value) => (value * 100).toFixed(value > 0 && value < 0.0995 ? 1 : 0) + " %";
  const count = (value, noun) => number(value) + " " + noun + (value === 1 ? "" : "s");
  // 2026-03-03T10:15:00Z as 2026-03-03 10:15 UTC; what is not ISO 8601 stays as it is.
  const day = (published) => published
    .replace(/^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(.*)$/, "$1 $2 $3").replace(/ Z$/, " UTC").trim();
  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const title = (member) => member.title || "Untitled · " + member.id;

  for (const cluster of clusters) {
    cluster.head = cluster.members[0];
    cluster.title = title(cluster.head);
    cluster.time = Date.parse(cluster.first);
  }

  // ------------------------------------------------------------------------------------------- side by side

  function cuts(text, spans) {
    // Passages may overlap in one of the two texts; what was marked already is not marked twice.
    const pieces = [];
    let end = 0;
    for (const [start, stop, index] of spans.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
      const from = Math.max(start, end);
      if (from > end) pieces.push({ text: text.slice(end, from) });
      pieces.push({ text: text.slice(from, Math.max(stop, from)), index });
      end = Math.max(stop, end);
    }
    pieces.push({ text: text.slice(end) });
    return pieces;
  }

  // Blocks stand one a line; a passage may run over several.
  const prose = (text) => text.split("\n").flatMap((line, index) =>
    index ? [make("span", { class: "gap" }), plain(line)] : [plain(line)]);

  function pane(name, member, spans, marks, other) {
    const body = make("div", { class: "text", dir: "auto", tabindex: "0", role: "region", "aria-label": name });
    for (const piece of cuts(member.text, spans)) {
      if (piece.index === undefined) {
        body.append(...prose(piece.text));
        continue;
      }
      const label = "Passage " + (piece.index + 1) + ": go to it in the other text";
      const jump = make("button", {
        type: "button", class: "jump", "aria-label": label, title: label, text: piece.index + 1,
        on: () => show(other[piece.index], other),
      });
      const mark = make("mark", {}, jump, ...prose(piece.text));
      marks[piece.index] = { mark, jump, body };
      body.append(mark);
    }
    return make("article", {},
      make("h4", {}, make("span", { class: "quiet", text: name + (member.site ? " · " + member.site : "") }),
        make("bdi", { text: title(member) })), body);
  }

  function show(target, all) {
    if (!target) return;
    for (const { mark } of Object.values(all)) mark.classList.remove("here");
    target.mark.classList.add("here");
    const offset = target.mark.getBoundingClientRect().top - target.body.getBoundingClientRect().top;
    target.body.scrollTop += offset - 24;
    target.jump.focus({ preventScroll: true });
  }

  function comparison(cluster, member) {
    const inHead = [], inMember = [], left = {}, right = {};
    member.passages.forEach(([a, b, c, d], index) => {
      inHead.push([a, b, index]);
      inMember.push([c, d, index]);
    });
    const heading = make("h3", { tabindex: "-1", text: "Side by side" });
    const passages = member.passages.length
      ? count(member.passages.length, "shared passage") + " marked. A number leads to the same passage in the other text."
      : "The shared passages of this pair are not in the data.";
    const section = make("section", { class: "compare", "aria-label": "Head and copy side by side" },
      make("div", { class: "row" }, heading,
        make("button", { type: "button", text: "Close", on: () => { section.remove(); section.opener.focus(); } })),
      make("p", { class: "quiet", text: passages }),
      make("div", { class: "panes" },
        pane("Head", cluster.head, inHead, left, right), pane("Copy", member, inMember, right, left)));
    section.heading = heading;
    return section;
  }

  // ------------------------------------------------------------------------------------------- one cluster

  const COLUMNS = ["Document", "Relation", "Site", "Published", "Agency", "In head", "Of head", "Jaccard", "Shared", "Read"];

  function row(cluster, member, open) {
    const cell = (label, properties, ...children) => make("td", { "data-label": label, ...properties }, ...children);
    const head = member === cluster.head;
    const name = member.url
      ? make("a", { href: member.url, rel: "noopener noreferrer nofollow", target: "_blank" }, make("bdi", { text: title(member) }))
      : make("bdi", { text: title(member) });
    const figure = (label, value) => cell(label, { class: head ? "number void" : "number", text: head ? "–" : value });
    let read;
    if (head) read = make("span", { class: "quiet", text: "–" });
    else if (member.text === null || cluster.head.text === null) read = make("span", { class: "quiet", text: "left out" });
    else read = make("button", { type: "button", "aria-label": "Compare with the head: " + title(member), text: "Compare", on: open });
    return make("tr", {},
      make("th", { scope: "row" }, name, make("small", {}, make("bdi", { text: member.id }))),
      cell("Relation", {}, make("span", { class: "tag", text: head ? "head" : member.relation }),
        member.id === cluster.origin && make("span", { class: "tag first", text: "first" })),
      cell("Site", {}, make("bdi", { text: member.site || "unknown" })),
      cell("Published", { class: "date", text: day(member.published) || "unknown" }),
      cell("Agency", {}, make("bdi", { text: member.agency || "–" })),
      figure("In head", percent(member.containment)),
      figure("Of head", percent(member.containmentHead)),
      figure("Jaccard", member.jaccard.toFixed(2)),
      figure("Shared", number(member.shared)),
      cell("Read", { class: head ? "void" : "" }, read));
  }

  function facts(cluster) {
    const origin = cluster.members.find((member) => member.id === cluster.origin);
    const entries = [
      ["Agency", cluster.agency || "none credited"],
      ["First published", day(cluster.first) || "unknown"],
      ["First by", origin ? origin.site || title(origin) : "unknown: the dates do not tell"],
    ];
    const sites = cluster.sites.map((site, index) => make("bdi", { class: "site", text: index + 1 + ". " + site }));
    return make("dl", { class: "facts" },
      ...entries.map(([name, value]) => make("div", {}, make("dt", { text: name }), make("dd", {}, make("bdi", { text: value })))),
      make("div", {}, make("dt", { text: "Carried by, in order" }), make("dd", {}, ...(sites.length ? sites : ["unknown"]))));
  }

  function fill(details, cluster) {
    const rows = make("tbody");
    const head = make("tr", {}, ...COLUMNS.map((name, index) => make("th", { scope: "col", text: name, class: index > 4 && index < 9 ? "number" : "" })));
    const table = make("table", { class: "members" },
      make("caption", { text: "In head: share of the copy’s five-word runs that the head has. Of head: share of the head’s that the copy has." }),
      make("thead", {}, head), rows);
    const place = make("div");
    const more = make("button", { type: "button", on: () => next() });
    let drawn = 0;
    function next() {
      for (const member of cluster.members.slice(drawn, drawn + PAGE)) {
        rows.append(row(cluster, member, (event) => {
          const section = comparison(cluster, member);
          section.opener = event.currentTarget;
          place.replaceChildren(section);
          section.heading.focus();
        }));
      }
      drawn = Math.min(drawn + PAGE, cluster.members.length);
      more.hidden = drawn === cluster.members.length;
      more.textContent = "Show more of " + count(cluster.members.length, "document");
    }
    next();
    details.append(make("div", { class: "inside" }, facts(cluster), make("div", { class: "scroll" }, table), more, place));
  }

  function item(cluster) {
    const meta = [
      cluster.agency, day(cluster.first), count(cluster.sites.length, "site"),
    ].filter(Boolean).join(" · ");
    const details = make("details", { class: "cluster", "data-id": cluster.id },
      make("summary", {},
        make("span", { class: "size" }, number(cluster.size), make("span", { class: "unseen", text: " documents: " })),
        make("span", { class: "headline" }, make("bdi", { text: cluster.title }),
          make("small", {}, make("bdi", { text: meta })))));
    details.addEventListener("toggle", () => {
      if (details.open && !details.querySelector(".inside")) fill(details, cluster);
    });
    return details;
  }

  // ------------------------------------------------------------------------------------------- the list

  const list = at("list"), more = at("more"), query = at("query"), agency = at("agency"), sort = at("sort"), direction = at("direction");
  const words = (cluster) => (cluster.words ??= folded([cluster.id, cluster.agency, ...cluster.sites,
    ...cluster.members.flatMap((member) => [member.id, member.title])].join("\n")));
  const by = (key) => (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
  const unknownLast = (text) => text || "\uffff";
  const ORDERS = {
    size: (a, b) => b.size - a.size,
    sites: (a, b) => b.sites.length - a.sites.length,
    first: by((cluster) => Number.isNaN(cluster.time) ? Infinity : cluster.time),
    title: (a, b) => a.title.localeCompare(b.title),
    agency: by((cluster) => unknownLast(cluster.agency)),
  };
  let chosen = [], drawn = 0;

  function draw() {
    list.append(...chosen.slice(drawn, drawn + PAGE).map(item));
    drawn = Math.min(drawn + PAGE, chosen.length);
    more.hidden = drawn === chosen.length;
  }

  function choose() {
    const terms = folded(query.value).split(/\s+/).filter(Boolean);
    chosen = clusters.filter((cluster) =>
      (!agency.value || cluster.agency === agency.value) && terms.every((term) => words(cluster).includes(term)));
    chosen.sort(ORDERS[sort.value]);
    if (direction.getAttribute("aria-pressed") === "true") chosen.reverse();
    list.replaceChildren();
    drawn = 0;
    draw();
    at("count").textContent = chosen.length === clusters.length
      ? count(clusters.length, "cluster")
      : number(chosen.length) + " of " + count(clusters.length, "cluster");
  }

  for (const name of [...new Set(clusters.map((cluster) => cluster.agency).filter(Boolean))].sort())
    agency.append(make("option", { value: name, text: name }));
  at("controls").hidden = false;
  at("controls").addEventListener("submit", (event) => event.preventDefault());
  for (const control of [query, agency, sort]) control.addEventListener("input", choose);
  direction.addEventListener("click", () => {
    direction.setAttribute("aria-pressed", String(direction.getAttribute("aria-pressed") !== "true"));
    choose();
  });
  more.addEventListener("click", draw);
  choose();
})();
