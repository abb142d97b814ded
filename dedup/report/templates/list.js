// The list of clusters: search, filters and order; a page of it is drawn at a time.

const LIST_PAGE = 50;
const EMPTY = { q: "", agency: "", relation: "", site: "", min: "", sort: "size", reverse: "" };
const wanted = { ...EMPTY };
let chosen = clusters, listPage = 0;

const ORDERS = {
  size: [(cluster) => cluster.size, true],
  sites: [(cluster) => cluster.sites.length, true],
  first: [(cluster) => (Number.isNaN(cluster.time) ? null : cluster.time), false],
  spread: [(cluster) => cluster.spread, true],
  title: [(cluster) => headline(cluster), false],
  agency: [(cluster) => cluster.agency, false],
};

const listHash = () => hash({ clusters: true, ...Object.fromEntries(Object.entries(wanted).filter(([name, value]) => value !== EMPTY[name])) });

function choose() {
  const terms = folded(wanted.q).split(/\s+/).filter(Boolean), site = folded(wanted.site.trim()), least = Number(wanted.min) || 0;
  const relation = RELATIONS.indexOf(wanted.relation);
  const names = site ? new Set(DATA.sites.flatMap((name, at) => (folded(name).includes(site) ? [at] : []))) : null;
  chosen = clusters.filter((cluster) => cluster.size >= least
    && (!wanted.agency || cluster.agency === wanted.agency)
    && (relation < 0 || cluster.relations[relation] > 0)
    && (!names || cluster.sites.some((at) => names.has(at)))
    && terms.every((term) => searched(cluster).includes(term)));
  const [by, down] = ORDERS[wanted.sort] ?? ORDERS.size;
  chosen.sort(ordering(by, wanted.reverse ? !down : down));
}

const relationStrip = (cluster) => {
  const total = cluster.relations.reduce((sum, n) => sum + n, 0) || 1;
  let x = 0;
  return draw("svg", { viewBox: "0 0 120 8", class: "strip", "aria-hidden": "true", preserveAspectRatio: "none" },
    cluster.relations.map((n, at) => {
      const width = (n / total) * 120, rect = draw("rect", { class: "is-" + RELATIONS[at], x, y: 0, width, height: 8 });
      x += width;
      return n ? rect : null;
    }));
};

function storyItem(cluster) {
  const meta = [
    cluster.agency ? make("b", {}, make("bdi", { text: cluster.agency })) : null,
    cluster.first ? moment(cluster.first) : null,
    say("count.sites", { n: cluster.sites.length }),
    cluster.spread ? say("within", { time: duration(cluster.spread) }) : null,
  ].filter(Boolean);
  const copies = cluster.relations.map((n, at) => (n ? say("copies." + RELATIONS[at], { n }) : "")).filter(Boolean).join(", ");
  return make("li", { class: "story", "data-id": cluster.id },
    make("span", { class: "size" }, number(cluster.size), make("span", { class: "unseen", text: " " + say("noun.documents", { n: cluster.size }) + ": " })),
    make("div", { class: "headline" },
      make("a", { href: hash({ cluster: cluster.id }) }, make("bdi", { text: headline(cluster) })),
      make("small", {}, meta.flatMap((part, at) => (at ? [" · ", part] : [part])))),
    make("span", { class: "mix", title: copies }, relationStrip(cluster), make("small", { text: copies })));
}

const option = (value, text, current) => make("option", { value, text, selected: value === current });

function listControls(redraw) {
  const agencies = [...new Set(clusters.map(({ agency }) => agency).filter(Boolean))].sort(collator.compare);
  const input = (name, properties) => make("input", { id: "list-" + name, value: wanted[name], autocomplete: "off", ...properties });
  const select = (name, options) => make("select", { id: "list-" + name }, options.map(([value, text]) => option(value, text, wanted[name])));
  const field = (name, control, wide) => {
    control.addEventListener("input", () => { wanted[name] = control.value; redraw(); });
    return make("label", { class: wide ? "wide" : null }, say("filter." + name), control);
  };
  const reverse = make("button", { type: "button", id: "list-reverse", "aria-pressed": String(Boolean(wanted.reverse)), text: say("filter.reverse"), on: () => {
    wanted.reverse = wanted.reverse ? "" : "1";
    reverse.setAttribute("aria-pressed", String(Boolean(wanted.reverse)));
    redraw();
  } });
  const clear = make("button", { type: "button", id: "list-clear", text: say("filter.clear"), on: () => { Object.assign(wanted, EMPTY); location.hash === "#clusters" ? show() : location.hash = "clusters"; } });
  const form = make("form", { class: "controls", role: "search", "aria-label": say("filter.name") },
    field("q", input("q", { type: "search", placeholder: say("filter.hint") }), true),
    field("agency", select("agency", [["", say("any")], ...agencies.map((name) => [name, name])])),
    field("relation", select("relation", [["", say("any")], ...RELATIONS.slice(0, 3).map((name) => [name, called("relation", name)])])),
    field("site", input("site", { list: "list-sites", placeholder: say("any") })),
    field("min", input("min", { type: "number", min: 2, placeholder: "2" })),
    field("sort", select("sort", Object.keys(ORDERS).map((name) => [name, say("sort." + name)]))),
    reverse, clear,
    make("datalist", { id: "list-sites" }, DATA.sites.slice(0, 300).map((name) => make("option", { value: name }))));
  form.addEventListener("submit", (event) => event.preventDefault());
  return form;
}

function listView(where) {
  for (const name of Object.keys(EMPTY)) wanted[name] = where.get(name) ?? EMPTY[name];
  const heading = make("h2", { tabindex: "-1", text: say("view.clusters") });
  if (!clusters.length) return [heading, make("p", { class: "nothing", text: say("no_clusters") })];
  const count = make("p", { role: "status", id: "count", class: "quiet" });
  const list = make("ol", { class: "list", id: "list" });
  const pager = pages((to) => { listPage = to; fill(); list.querySelector("a")?.focus(); });

  function fill() {
    list.replaceChildren(...chosen.slice(listPage * LIST_PAGE, (listPage + 1) * LIST_PAGE).map(storyItem));
    pager.show(listPage, Math.ceil(chosen.length / LIST_PAGE));
  }
  function redraw(first) {
    choose();
    if (!first) {
      listPage = 0;
      history.replaceState(null, "", listHash());
    }
    fill();
    count.textContent = chosen.length === clusters.length ? say("count.clusters", { n: clusters.length })
      : say("count.of", { n: chosen.length, all: clusters.length });
  }

  const controls = listControls(() => redraw(false));
  redraw(true);
  return [heading, controls, count, list, pager.element, leftOut()];
}

function leftOut() {
  const notes = [];
  if (DATA.clustersInAll > clusters.length) notes.push(say("left_out.clusters", { n: clusters.length }));
  if (clusters.some(({ size }) => size > DATA.membersShown)) notes.push(say("left_out.members", { n: DATA.membersShown }));
  if (DATA.read < DATA.membersInAll) notes.push(say("left_out.texts", { n: DATA.read, all: DATA.membersInAll, limit: TABLES.texts / 1e6 }));
  return notes.length > 0 && make("div", { class: "notice", id: "left-out" }, notes.map((note) => make("p", { text: note })),
    DATA.read < DATA.membersInAll && make("p", {}, phrase("left_out.how", { command: make("code", { text: "dedup report DIR --texts all" }) })));
}
