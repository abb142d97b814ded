// When each copy of a story came out: a mark a copy, its relation by shape and colour.

const TICKS = [0, 1 / 60, 1 / 6, 0.5, 1, 3, 6, 12, 24, 48, 96, 168, 336, 720, 2160, 8760, 87600];
const NAMED = 20; // so many copies get a row each with its site's name; more are stacked where they fall together

function timeline(cluster, width) {
  const members = membersOf(cluster);
  const timed = members.filter(({ delay }) => delay !== null).sort((a, b) => a.delay - b.delay);
  const rest = members.filter(({ delay }) => delay === null);
  if (!timed.length) return null;
  const last = timed.at(-1).delay, middle = timed[Math.floor(timed.length / 2)].delay;
  const bent = last > 12 && middle < last / 10; // most came early: a straight scale would draw them as one
  const bend = bent ? (hours) => Math.log1p(hours * 4) : (hours) => hours;
  const aside = rest.length ? 74 : 0, from = 14, to = width - aside - 14;
  const x = (hours) => from + (last ? bend(hours) / bend(last) : 0) * (to - from);
  const places = timed.length + rest.length <= NAMED ? inRows(timed, rest, x, width, to) : stacked(timed, rest, x, width);
  const bottom = places.height + 8;
  const title = say("timeline.title"), description = timelineDescription(timed, rest);
  const drawing = picture(width, bottom + 26, title, description,
    ticks(last, x, to).map((hours) => [
      draw("line", { class: "grid", x1: x(hours), x2: x(hours), y1: 4, y2: bottom }),
      draw("text", { class: "value", x: x(hours), y: bottom + 18, "text-anchor": x(hours) > to - 20 && hours ? "end" : hours ? "middle" : "start", text: hours ? "+" + tickName(hours) : tickName(0) }),
    ]).flat(),
    draw("line", { class: "axis", x1: from - 8, x2: to + 8, y1: bottom, y2: bottom }),
    rest.length ? draw("text", { class: "value", x: width - 4, y: bottom + 18, "text-anchor": "end", text: say("timeline.no_time") }) : null,
    places.marks);
  const kinds = ["head", ...RELATIONS].filter((kind) => members.some(({ relation }) => relation === kind));
  return make("figure", { class: "timeline" },
    make("figcaption", {}, make("strong", { text: title }),
      make("span", { text: [say("timeline.note", { n: timed.length, all: members.length }), bent ? say("timeline.bent") : ""].join(" ") })),
    drawing, make("p", { class: "legend" }, kinds.map(badge)));

  function timelineDescription(known, unknown) {
    const told = known.slice(0, NAMED).map((member) => (member.site ?? member.id) + " " + (member.delay ? "+" + duration(member.delay) : say("timeline.first")));
    return told.join("; ") + (unknown.length ? "; " + say("timeline.unknown", { n: unknown.length }) : "");
  }

  function mark(member, at, y, radius) {
    const readable = isRead(member) && isRead(members[0]) && member !== members[0];
    const time = member.delay === null ? say("timeline.no_time") : member.delay ? "+" + duration(member.delay) : say("timeline.first");
    return draw("g", { class: readable ? "goes" : null, on: readable ? () => { location.hash = hash({ cluster: cluster.id, copy: member.id }); } : null },
      shape(member.relation, at, y, radius),
      draw("title", { text: [member.site ?? member.id, called("relation", member.relation), time].join(" · ") }));
  }

  function inRows(known, unknown, place, full, end) {
    const marks = [...known, ...unknown].map((member, row) => {
      const y = 14 + row * 21, at = member.delay === null ? full - 14 : place(member.delay), right = at < (full * 0.55) && member.delay !== null;
      return [
        member.delay ? draw("line", { class: "grid", x1: place(0), x2: at - 9, y1: y, y2: y }) : null,
        mark(member, at, y, 5.5),
        draw("text", { class: "name halo", x: right ? at + 13 : at - 13, y: y + 4.5, "text-anchor": right ? "start" : "end", text: short(member.site ?? member.id, Math.max(10, Math.floor(((right ? end + 60 - at : at - 20) / 6.8)))) }),
      ];
    });
    return { marks: marks.flat(), height: 14 + marks.length * 21 };
  }

  function stacked(known, unknown, place, full) {
    const radius = known.length > 300 ? 2.5 : known.length > 80 ? 3.5 : 4.5, side = radius * 2.5, heap = new Map();
    const spots = known.map((member) => {
      const at = place(member.delay), column = Math.round(at / side), level = heap.get(column) ?? 0;
      heap.set(column, level + 1);
      return [member, at, level];
    });
    unknown.forEach((member, at) => spots.push([member, full - 52 + (at % 5) * 11, Math.floor(at / 5)]));
    const levels = Math.max(...spots.map(([, , level]) => level)) + 1, step = Math.min(side, 260 / levels), height = Math.max(40, levels * step + 12);
    return { height, marks: spots.map(([member, at, level]) => mark(member, at, height - level * step - radius, radius)) };
  }
}

const tickName = (hours) => (hours === 0 ? say("timeline.first") : hours < 1 ? say("time.minutes", { n: Math.round(hours * 60) })
  : hours < 48 ? say("time.hours", { n: hours }) : say("time.days", { n: Math.round(hours / 24) }));

// As many as can be read beside each other.
function ticks(last, x, to) {
  const kept = [0];
  for (const hours of TICKS.slice(1)) {
    if (hours > last || x(hours) > to) break;
    if (x(hours) - x(kept.at(-1)) > 68) kept.push(hours);
  }
  return kept;
}
