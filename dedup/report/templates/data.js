// The data of the scan, as dedup/report/payload.py wrote them. Clusters are read at once, the rest when it is needed:
// it stands behind this script, and the list is drawn before the browser has read it.

const DATA = JSON.parse(byId("data").textContent);
const RELATIONS = ["exact", "near", "excerpt", "passage"];

const clusters = DATA.clusters.map(([id, size, title, head, agency, origin, first, spread, sites, relations], at) =>
  ({ at, id, size, title, head, agency, origin, first, spread, sites, relations, time: Date.parse(first) }));
const clusterById = new Map(clusters.map((cluster) => [cluster.id, cluster]));
const headline = (cluster) => cluster.title || say("untitled", { id: cluster.head });
const siteName = (site) => (typeof site === "number" ? DATA.sites[site] : site);

function lines(id) {
  let all;
  return (at) => JSON.parse((all ??= byId(id).textContent.split("\n"))[at]);
}
const arrived = () => document.readyState !== "loading";
const memberLine = lines("members"), readingLine = lines("readings");

// What is known of a cluster's documents: [{ id, title, … }], the head first.
function membersOf(cluster) {
  if (cluster.members) return cluster.members;
  const [rows, agencyGrounds, originGrounds] = memberLine(cluster.at);
  cluster.members = rows.map(([id, own, url, linked, site, published, relation, jaccard, containment, ofHead, shared,
    delay, credits, source, sourceGrounds, reading, passages]) => ({
    id, title: own === 0 ? cluster.title : own, url, linked, published, jaccard, containment, ofHead, shared, delay, credits, source, sourceGrounds,
    reading, passages, site: siteName(site), relation: relation === null ? "head" : RELATIONS[relation],
  }));
  return Object.assign(cluster, { agencyGrounds, originGrounds }).members;
}

// A text that is embedded: { text, furniture: [[at, label, text]] }.
function readingOf(member) {
  const [text, furniture] = readingLine(member.reading);
  return { text, furniture };
}
const isRead = (member) => member.reading !== null;

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// What a search looks through: made when the browser has time, or at the first search.
function searched(cluster) {
  if (cluster.words !== undefined) return cluster.words;
  const parts = [cluster.id, cluster.agency, headline(cluster), ...cluster.sites.map(siteName)];
  if (!arrived()) return folded(parts.join("\n"));
  for (const [id, title, , , site] of memberLine(cluster.at)[0]) parts.push(id, siteName(site), title || "");
  return (cluster.words = folded(parts.join("\n")));
}
function prepareSearch(from = 0) {
  const idle = window.requestIdleCallback ?? ((work) => setTimeout(() => work({ timeRemaining: () => 8 }), 20));
  idle((deadline) => {
    let at = from;
    while (at < clusters.length && deadline.timeRemaining() > 2) searched(clusters[at++]);
    if (at < clusters.length) prepareSearch(at);
  });
}
