// SPDX-License-Identifier: Apache-2.0
//
// From spans to what a timeline draws. The spans of a thread nest; they are flattened into segments,
// each the time in which one span is the innermost. A row of the timeline has as many columns as the
// screen; in each, the region with most of the time wins, so any number of spans costs the same.

const REGION = 0,
  THREAD = 1,
  CPU = 2,
  BEGIN = 3,
  END = 4;

/** Segments of one thread's spans, in order: {region, cpu, begin, end, stack}, times in seconds. The
 * stack is the span with those around it, outermost first. */
function flatten(spans) {
  const ordered = [...spans].sort((a, b) => a[BEGIN] - b[BEGIN] || b[END] - a[END]);
  const segments = [];
  const open = [];
  let now = 0;
  const advance = (to) => {
    if (open.length > 0 && to > now) segments.push(segment(open, now, to));
    now = Math.max(now, to);
  };
  const closeUntil = (time) => {
    while (open.length > 0 && open.at(-1)[END] <= time) {
      advance(open.at(-1)[END]);
      open.pop();
    }
  };
  for (const span of ordered) {
    closeUntil(span[BEGIN]);
    advance(span[BEGIN]);
    open.push(span);
  }
  closeUntil(Infinity);
  return segments;
}

function segment(open, begin, end) {
  const inner = open.at(-1);
  return {
    region: inner[REGION],
    thread: inner[THREAD],
    cpu: inner[CPU],
    begin: begin * 1e-9,
    end: end * 1e-9,
    stack: [...open],
  };
}

/** Rows of segments: {name, segments} by "thread" or by "cpu". */
export function rowsBy(spans, key) {
  const threads = Map.groupBy(spans, (span) => span[THREAD]);
  const segments = [...threads.values()].flatMap(flatten);
  const rows = Map.groupBy(segments, (each) => each[key]);
  return [...rows.entries()]
    .sort(([a], [b]) => a - b)
    .map(([name, own]) => ({ name, segments: own.sort((a, b) => a.begin - b.begin) }));
}

/** The time of each region in each of `columns` columns between from and to: an array of Maps. */
function columnTimes(segments, from, to, columns) {
  const width = (to - from) / columns;
  const times = Array.from({ length: columns }, () => new Map());
  for (const { region, begin, end } of segments) {
    if (end <= from || begin >= to) continue;
    const first = Math.max(0, Math.floor((begin - from) / width));
    const last = Math.min(columns - 1, Math.floor((end - from) / width));
    for (let at = first; at <= last; at++) {
      const left = from + at * width;
      const time = Math.min(end, left + width) - Math.max(begin, left);
      if (time > 0) times[at].set(region, (times[at].get(region) ?? 0) + time);
    }
  }
  return times;
}

// Three shades of how much of a column is covered are enough to see, and keep runs long.
const SHADES = 3;

function winner(times, width) {
  let best = null,
    most = 0,
    covered = 0;
  for (const [region, time] of times) {
    covered += time;
    if (time > most) [best, most] = [region, time];
  }
  if (best === null) return null;
  return {
    region: best,
    shade: Math.min(SHADES, Math.max(1, Math.ceil((SHADES * covered) / width - 0.01))),
  };
}

/** Runs of columns that look the same: {region, opacity, first, last}, columns from 0. */
export function columnRuns(segments, from, to, columns) {
  const runs = [];
  columnTimes(segments, from, to, columns).forEach((times, column) => {
    const won = winner(times, (to - from) / columns);
    if (won === null) return;
    const before = runs.at(-1);
    const opacity = won.shade / SHADES;
    if (before?.last === column - 1 && before.region === won.region && before.opacity === opacity)
      before.last = column;
    else runs.push({ region: won.region, opacity, first: column, last: column });
  });
  return runs;
}

/** The segment at a time, undefined for none. Segments of a core may overlap: the first counts. */
export function segmentAt(segments, time, slack) {
  return segments.find(({ begin, end }) => begin - slack <= time && time <= end + slack);
}
