// Head and copy side by side: what they share is marked and leads to its twin, what was stripped can be shown.

// Cuts a text into pieces at the bounds of passages, credits and furniture. Passages may overlap in one of the two
// texts; what was marked already is not marked twice, so every letter is shown once.
function cuts(text, passages, credits, furniture) {
  const marks = [], bounds = new Set([0, text.length]);
  let end = 0;
  for (const [start, stop, index] of passages.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const from = Math.max(start, end);
    end = Math.max(stop, from);
    marks.push({ from, end, index });
  }
  for (const { from, end: to } of marks) bounds.add(from).add(to);
  for (const [, , , start, stop] of credits) if (start !== undefined) bounds.add(start).add(stop);
  for (const [at] of furniture) bounds.add(Math.min(at, text.length));
  const places = [...bounds].filter((at) => at <= text.length).sort((a, b) => a - b);
  const pieces = [];
  for (let i = 0; i < places.length; i++) {
    const from = places[i], to = places[i + 1] ?? from;
    for (const [at, label, words_] of furniture) if (Math.min(at, text.length) === from) pieces.push({ label, stripped: words_, from });
    for (const mark of marks) if (mark.from === from && mark.end === from) pieces.push({ text: "", mark, from });
    if (to > from) pieces.push({
      text: text.slice(from, to), from, mark: marks.find((mark) => mark.from <= from && to <= mark.end),
      credited: credits.some(([, , , start, stop]) => start <= from && to <= stop),
    });
  }
  return pieces;
}

// Blocks stand one a line; a passage may run over several.
const prose = (text) => text.split("\n").flatMap((line, index) =>
  index ? [make("span", { class: "gap" }), plain(line)] : [plain(line)]);

const hasWords = (text) => /[\p{L}\p{N}]/u.test(text);

// One text, as it is read. `twins` are the marks of the other one, by passage; `side` is "head" or "copy".
function pane(side, member, text, furniture, spans, marks, twins) {
  const name = say("side." + side);
  const body = make("div", { class: "text", dir: "auto", tabindex: "0", role: "region", "aria-label": name });
  let open = null, own = 0, furnished = null;
  for (const piece of cuts(text, spans, member.credits, furniture)) {
    if (piece.label !== undefined) {
      const inside = open && piece.from < open.mark.end ? open.element : body;
      if (furnished?.label === piece.label && inside.lastChild === furnished.element) {
        furnished.element.append(" · ", ...prose(piece.stripped)); // a menu is many blocks: one line
        continue;
      }
      furnished = { label: piece.label, element: make("del", { class: "stripped", hidden: true }, make("small", { text: called("label", piece.label) }), prose(piece.stripped)) };
      inside.append(furnished.element);
      continue;
    }
    if (piece.mark?.index !== open?.index) open = null;
    const words_ = piece.credited ? make("span", { class: "credited" }, prose(piece.text)) : prose(piece.text);
    if (!piece.mark) {
      if (hasWords(piece.text)) own += piece.text.length;
      body.append(...(hasWords(piece.text) && spans.length ? [make("span", { class: "only" }, words_)] : [words_].flat()));
      continue;
    }
    if (!open) {
      open = { index: piece.mark.index, mark: piece.mark, element: passageMark(piece.mark.index, body, marks, twins) };
      body.append(open.element);
    }
    open.element.append(...[words_].flat());
  }
  const share = text.length ? own / text.length : 0;
  return make("article", { class: "pane is-" + side, "aria-label": name },
    make("p", { class: "kicker" }, name, member.site ? [" · ", make("bdi", { text: member.site })] : ""),
    make("h3", {}, documentName(member)),
    make("p", { class: "quiet" }, moment(member.published), member.credits.slice(0, 2).map(([agency, kind, evidence]) =>
      [" · ", phrase("credited_as", { agency, kind: called("credit", kind) }), " ", make("q", {}, make("bdi", { text: evidence }))])),
    spans.length > 0 && make("p", { class: "own", text: say(share ? "own." + side : "own.none", { share: percent(share) }) }),
    body);
}

function passageMark(index, body, marks, twins) {
  const label = say("passage_jump", { n: index + 1 });
  const go = () => jump(index, twins, marks);
  const badge_ = make("button", { type: "button", class: "jump", "aria-label": label, title: label, text: index + 1, on: (event) => { event.stopPropagation(); go(); } });
  const mark = make("mark", { on: () => { if (String(getSelection()) === "") go(); } }, badge_);
  marks[index] = { mark, badge: badge_, body };
  return mark;
}

// Scrolls to a passage in one text and marks it in both.
function jump(index, to, from) {
  for (const { mark } of [...Object.values(to), ...Object.values(from)]) mark.classList.remove("here");
  for (const [place, all] of [[from[index], from], [to[index], to]]) {
    if (!place || !all) continue;
    place.mark.classList.add("here");
    place.body.scrollTop += place.mark.getBoundingClientRect().top - place.body.getBoundingClientRect().top - 24;
  }
  to[index]?.badge.focus({ preventScroll: true });
}

// Two strips for the two texts, and a band from each passage to its twin.
function alignment(passages, headLength, copyLength, go) {
  const width = 720, high = 76, place = (at) => (at / Math.max(headLength, copyLength)) * width;
  return make("figure", { class: "alignment" }, picture(width, high, say("alignment.title"),
    say("alignment.desc", { n: passages.length }),
    draw("rect", { class: "sheet", x: 0, y: 4, width: place(headLength), height: 12 }),
    draw("rect", { class: "sheet", x: 0, y: 60, width: place(copyLength), height: 12 }),
    passages.map(([a, b, c, d], index) => draw("g", { class: "goes", on: () => go(index) },
      draw("path", { class: "band", d: `M${place(a)} 16L${place(b)} 16L${place(d)} 60L${place(c)} 60Z` }),
      draw("rect", { class: "shared", x: place(a), y: 4, width: Math.max(1, place(b) - place(a)), height: 12 }),
      draw("rect", { class: "shared", x: place(c), y: 60, width: Math.max(1, place(d) - place(c)), height: 12 }),
      draw("title", { text: say("passage", { n: index + 1 }) })))),
    make("figcaption", { class: "quiet", text: say("alignment.note") }));
}

function readingView(cluster, copy) {
  const members = membersOf(cluster), head = members[0], alone = copy === head || !isRead(head) || !isRead(copy);
  const heading = make("h2", { tabindex: "-1", text: say(copy === head ? "reading.alone" : "reading.title") });
  const view = [readingSteps(cluster, members, copy), heading,
    make("p", { class: "standfirst" }, copy === head ? make("bdi", { text: headline(cluster) }) : relationSentence(copy))];
  const shown_ = (copy === head ? [head] : [head, copy]).map((member) => isRead(member) ? readingOf(member) : null);
  const passages = alone ? [] : copy.passages, left = {}, right = {};
  const spans = [passages.map(([a, b], index) => [a, b, index]), passages.map(([, , c, d], index) => [c, d, index])];
  const panes = make("div", { class: "panes" }, shown_.map((reading, at) => (reading
    ? pane(at ? "copy" : "head", at ? copy : head, reading.text, reading.furniture, spans[at], at ? right : left, at ? left : right)
    : missing(at ? "copy" : "head", at ? copy : head))));
  const stripped = shown_.reduce((sum, reading) => sum + (reading ? reading.furniture.length : 0), 0);
  if (passages.length) view.push(alignment(passages, shown_[0].text.length, shown_[1].text.length, (index) => jump(index, right, left)));
  else if (!alone) view.push(make("p", { class: "notice", text: say("no_passages") }));
  view.push(readingTools(panes, passages, left, right, stripped), panes);
  if (copy.sourceGrounds) view.push(sourceOf(cluster, copy));
  return view;
}

function relationSentence(copy) {
  const values = { relation: called("relation", copy.relation), inHead: percent(copy.containment), ofHead: percent(copy.ofHead), shared: copy.shared };
  return say("reading." + (copy.relation === "exact" ? "exact" : "other"), values);
}

function readingSteps(cluster, members, copy) {
  const readable = members.filter((member) => member !== members[0] && isRead(member)), at = readable.indexOf(copy);
  const step = (to, key) => to && make("a", { href: hash({ cluster: cluster.id, copy: to.id }), rel: key === "step.copy_after" ? "next" : "prev", text: say(key) });
  return make("nav", { class: "steps", "aria-label": say("step.name") },
    make("a", { id: "back", href: hash({ cluster: cluster.id }), text: say("step.cluster") }),
    step(readable[at - 1], "step.copy_before"), step(at < 0 ? undefined : readable[at + 1], "step.copy_after"));
}

const missing = (side, member) => make("article", { class: "pane is-" + side, "aria-label": say("side." + side) },
  make("p", { class: "kicker" }, say("side." + side), member.site ? [" · ", make("bdi", { text: member.site })] : ""),
  make("h3", {}, documentName(member)),
  make("p", { class: "notice" }, say("left_out.this"), " ", phrase("left_out.how", { command: make("code", { text: "dedup report DIR --texts all" }) })));

function readingTools(panes, passages, left, right, stripped) {
  let at = -1;
  const go = (by) => { at = (at + by + passages.length) % passages.length; jump(at, right, left); };
  const step = (id, by) => make("button", { type: "button", id, text: say(id), on: () => go(at < 0 && by < 0 ? 0 : by) });
  const toggle = make("button", { type: "button", id: "furniture", "aria-pressed": "false", on: () => {
    const on = toggle.getAttribute("aria-pressed") !== "true";
    toggle.setAttribute("aria-pressed", String(on));
    for (const element of panes.querySelectorAll(".stripped")) element.hidden = !on;
  } }, say("show_stripped", { n: stripped }));
  return make("div", { class: "tools" },
    passages.length > 0 && [step("passage_before", -1), step("passage_after", 1),
      make("span", { class: "quiet", text: say("count.passages", { n: passages.length }) })],
    stripped > 0 ? toggle : make("span", { class: "quiet", text: say("nothing_stripped") }),
    passages.length > 0 && make("p", { class: "legend" }, make("mark", { text: say("legend.shared") }), make("span", { class: "only", text: say("legend.only") }),
      stripped > 0 && make("del", { class: "sample", text: say("legend.stripped") })));
}

function sourceOf(cluster, copy) {
  const source = membersOf(cluster).find(({ id }) => id === copy.source);
  return make("div", { class: "grounds" }, grounds("source", make("bdi", { text: source?.site ?? copy.source ?? say("unknown") }), withMembers(cluster, copy.sourceGrounds)));
}
