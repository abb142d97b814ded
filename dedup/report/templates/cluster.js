// One cluster: whose story it is and why, when it was carried and where, and its documents.

function clusterView(cluster) {
  const members = membersOf(cluster);
  const width = Math.min(1080, document.documentElement.clientWidth - 56);
  return [
    clusterSteps(cluster),
    make("h2", { class: "title", tabindex: "-1" }, make("bdi", { text: headline(cluster) })),
    make("p", { class: "standfirst" }, standfirst(cluster)),
    make("div", { class: "grounds" }, agencyGrounds(cluster, members), originGrounds(cluster, members)),
    timeline(cluster, Math.max(280, width)),
    carriers(cluster),
    make("h3", { text: say("documents.title") }),
    memberTable(cluster, members),
    members.length < cluster.size && make("p", { class: "notice", text: say("left_out.of_cluster", { n: members.length, all: cluster.size }) }),
    members.some((member) => !isRead(member)) && make("p", { class: "notice" },
      say("left_out.some"), " ", phrase("left_out.how", { command: make("code", { text: "dedup report DIR --texts all" }) })),
  ];
}

// Back to the list as it was, and to the clusters before and after in it.
function clusterSteps(cluster) {
  const at = chosen.indexOf(cluster), before = chosen[at - 1], after = at < 0 ? undefined : chosen[at + 1];
  const step = (to, key) => to && make("a", { href: hash({ cluster: to.id }), rel: key === "step.after" ? "next" : "prev", text: say(key) });
  return make("nav", { class: "steps", "aria-label": say("step.name") },
    make("a", { href: listHash(), id: "back", text: say("step.list") }), step(before, "step.before"), step(after, "step.after"));
}

function standfirst(cluster) {
  const values = { n: cluster.size, sites: say("count.sites", { n: cluster.sites.length }), time: cluster.spread ? duration(cluster.spread) : "" };
  return cluster.spread ? say("standfirst.spread", values) : say("standfirst.plain", values);
}

function grounds(kind, name, found) {
  return make("section", { class: "ground", "aria-label": say("grounds." + kind) },
    make("p", { class: "kicker", text: say("grounds." + kind) }),
    make("p", { class: "verdict" }, name),
    found && make("p", { class: "confidence is-" + found.confidence, text: say("confidence." + found.confidence) }),
    found && make("ul", {}, found.evidence.map((one) => make("li", {}, reason(one)))));
}

const agencyGrounds = (cluster) => grounds("agency",
  cluster.agency ? make("bdi", { text: cluster.agency }) : say("none_credited"), withMembers(cluster, cluster.agencyGrounds));

function originGrounds(cluster, members) {
  const origin = members.find(({ id }) => id === cluster.origin);
  const name = !cluster.origin ? say("origin_unknown") : make("bdi", { text: origin?.site ?? cluster.origin });
  const section = grounds("origin", name, withMembers(cluster, cluster.originGrounds));
  if (cluster.first) section.querySelector(".verdict").append(" ", make("small", { text: moment(cluster.first) }));
  return section;
}

// Evidence names documents by their ids; a reader knows them by their sites.
const withMembers = (cluster, found) => found && { ...found, evidence: found.evidence.map((one) =>
  ({ ...one, member: one.id === undefined || one.id === null ? null : membersOf(cluster).find(({ id }) => id === one.id) })) };

function reason({ reason: why, count, hours, share, text, id, member }) {
  const key = "reason." + why + (find("reason." + why + "_plain") !== undefined && (count ?? hours ?? share ?? null) === null ? "_plain" : "");
  const parts = phrase(key, {
    n: count ?? 1, time: hours === undefined || hours === null ? "" : duration(hours),
    share: share === undefined || share === null ? "" : percent(share),
  });
  if (text) parts.push(say("colon"), make("q", {}, make("bdi", { text })));
  if (id !== undefined && id !== null) parts.push(" ", make("span", { class: "quiet" }, "(", make("bdi", { text: member ? [member.site, member.id].filter(Boolean).join(" · ") : id }), ")"));
  return parts;
}

function carriers(cluster) {
  const first = cluster.sites.slice(0, 40), more = cluster.sites.length - first.length;
  return cluster.sites.length > 0 && make("section", { class: "carriers", "aria-labelledby": "carriers" },
    make("h3", { id: "carriers", text: say("carriers") }),
    make("ol", {}, first.map((site) => make("li", {}, make("a", { href: hash({ clusters: true, site: siteName(site) }) }, make("bdi", { text: siteName(site) }))))),
    more > 0 && make("p", { class: "quiet", text: say("and_more", { n: more }) }));
}

const creditOf = (member) => member.credits[0];

function memberTable(cluster, members) {
  const head = members[0], known = new Map(members.map((member) => [member.id, member]));
  const figureOf = (key, said) => ({
    key, name: say("column." + key), number: true, down: true, by: (member) => (member === head ? null : member[key]),
    cell: (member) => (member === head ? "–" : said(member[key])),
  });
  const instant = ({ published }) => { const time = Date.parse(published); return Number.isNaN(time) ? null : time; };
  const credits = members.some(creditOf) && { key: "credit", name: say("column.credit"), by: (member) => creditOf(member)?.[0] ?? null,
    cell: (member) => (creditOf(member) ? [make("bdi", { text: creditOf(member)[0] }), make("small", {}, called("credit", creditOf(member)[1]))] : "–") };
  const sources = members.some(({ source }) => source !== null) && { key: "source", name: say("column.source"),
    by: ({ source }) => known.get(source)?.site ?? source,
    cell: ({ source, sourceGrounds }) => (source === null ? "–" : [make("bdi", { text: known.get(source)?.site ?? source }),
      sourceGrounds && make("small", { text: say("confidence_short." + sourceGrounds.confidence) })]) };
  const columnsOf = [
    { key: "document", name: say("column.document"), by: naming, cell: (member) => [documentName(member), make("small", {}, make("bdi", { text: member.id }))] },
    { key: "read", name: say("column.read"), cell: (member) => readButton(cluster, head, member) },
    { key: "relation", name: say("column.relation"), by: ({ relation }) => ["head", ...RELATIONS].indexOf(relation),
      cell: (member) => [badge(member.relation), member.id === cluster.origin && make("span", { class: "tag first", text: say("first") })] },
    { key: "site", name: say("column.site"), by: ({ site }) => site ?? null, cell: ({ site }) => make("bdi", { text: site ?? say("unknown") }) },
    { key: "published", name: say("column.published"), by: instant,
      cell: ({ published, delay }) => [make("span", { class: "date", text: moment(published) }), delay ? make("small", { text: "+" + duration(delay) }) : null] },
    credits, sources,
    figureOf("containment", percent), figureOf("ofHead", percent),
    figureOf("jaccard", (value) => number(value, 2)), figureOf("shared", number),
  ].filter(Boolean);
  return sortable({ caption: say("documents.caption"), name: say("documents.title"), columns: columnsOf, rows: members });
}

function readButton(cluster, head, member) {
  if (!isRead(member)) return make("span", { class: "quiet", text: say("not_here") });
  const key = member === head || !isRead(head) ? "read" : "compare";
  return make("a", { class: "button", href: hash({ cluster: cluster.id, copy: member.id }), "aria-label": say(key + "_name", { title: naming(member) }), text: say(key) });
}
