// The palette as it stands in palette.css beside the thresholds of console.md B.1: far enough apart for every kind of sight, and
// readable. The measure itself is tried on the published pairs first.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { SIGHTS, contrast, deltaE2000, lab, linear, seen } from "./colour.mjs";

const text = readFileSync(new URL("../assets/console/palette.css", import.meta.url), "utf8");

function theme(selector) {
  const block = text.split("}").find((part) => part.split("{")[0].split(",").some((one) => one.trim().endsWith(selector)));
  return Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]));
}

const THEMES = { desk: theme(".desk"), wall: theme(".wall") };
const FILLS = ["p1-fill", "p2-fill", "p3-fill", "p4-fill", "normal", "back"];

// Rows 1, 5, 7, 13, 17, 21, 25, 29 and 33 of the supplementary data to Sharma, Wu and Dalal (2005).
const SHARMA = [
  [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
  [[50, -1.1848, -84.8006], [50, 0, -82.7485], 1.0],
  [[50, 0, 0], [50, -1, 2], 2.3669],
  [[50, -0.001, 2.49], [50, 0.0009, -2.49], 4.8045],
  [[50, 2.5, 0], [73, 25, -18], 27.1492],
  [[50, 2.5, 0], [50, 3.1736, 0.5854], 1.0],
  [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644],
  [[22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619], 2.0373],
  [[6.7747, -0.2908, -2.4247], [5.8714, -0.0985, -2.2286], 0.6377],
];

test("the measure gives the published differences", () => {
  for (const [one, other, expect] of SHARMA) {
    assert.ok(Math.abs(deltaE2000(one, other) - expect) < 5e-5, `${one} ${other}: ${deltaE2000(one, other)} is not ${expect}`);
    assert.ok(Math.abs(deltaE2000(other, one) - expect) < 5e-5, "it is the same the other way round");
  }
});

function smallest(colours, matrix) {
  const found = FILLS.map((name) => lab(seen(linear(colours[name]), matrix)));
  let least = Infinity;
  for (let i = 0; i < found.length; i += 1) for (let k = i + 1; k < found.length; k += 1) least = Math.min(least, deltaE2000(found[i], found[k]));
  return least;
}

test("alarm colours, normal and background stay apart for every kind of sight", () => {
  const told = { desk: { normal: 27.0, protan: 26.9, deutan: 26.9, tritan: 27.0 }, wall: { normal: 20.0, protan: 20.2, deutan: 20.2, tritan: 20.0 } };
  for (const [name, colours] of Object.entries(THEMES)) {
    for (const [sight, matrix] of Object.entries(SIGHTS)) {
      const least = smallest(colours, matrix);
      assert.ok(least >= 18, `${name}, ${sight}: ${least.toFixed(1)}`);
      assert.ok(Math.abs(least - told[name][sight]) < 0.15, `${name}, ${sight}: ${least.toFixed(2)}, measured before as ${told[name][sight]}`);
    }
  }
});

test("red, amber and green would not do", () => {
  const traffic = { "p1-fill": "#d00000", "p2-fill": "#ffbf00", "p3-fill": "#008000", "p4-fill": "#32a6fe", normal: "#6b7075", back: "#e6e8ea" };
  assert.ok(Math.min(...Object.values(SIGHTS).map((matrix) => smallest(traffic, matrix))) < 18);
});

test("every shape stands out by its fill or its outline", () => {
  for (const [name, colours] of Object.entries(THEMES)) {
    for (const fill of FILLS.slice(0, 5)) {
      const best = Math.max(contrast(colours[fill], colours.back), contrast(colours.outline, colours.back));
      assert.ok(best >= 3, `${name} ${fill}: ${best.toFixed(2)}`);
    }
  }
  for (const fill of FILLS.slice(0, 5)) assert.ok(contrast(THEMES.wall[fill], THEMES.wall.back) >= 3, `wall ${fill} alone`);
});

test("words can be read", () => {
  for (const [name, c] of Object.entries(THEMES)) {
    for (const p of [1, 2, 3, 4]) assert.ok(contrast(c[`p${p}-fill`], c[`p${p}-text`]) >= 4.5, `${name} P${p}`);
    for (const ground of ["back", "sheet", "raised", "faint"]) for (const ink of ["ink", "soft"]) {
      assert.ok(contrast(c[ink], c[ground]) >= 4.5, `${name}: ${ink} on ${ground} is ${contrast(c[ink], c[ground]).toFixed(2)}`);
    }
    for (const ground of ["back", "sheet", "raised"]) assert.ok(contrast(c.focus, c[ground]) >= 3, `${name}: focus on ${ground}`);
  }
});

test("the values are those of the specification", () => {
  assert.deepEqual(FILLS.map((name) => THEMES.desk[name]), ["#ad1515", "#e8a639", "#4e025a", "#32a6fe", "#6b7075", "#e6e8ea"]);
  assert.deepEqual(FILLS.map((name) => THEMES.wall[name]), ["#db0d25", "#f7bb59", "#865b85", "#37a9fd", "#9aa0a6", "#1b1e22"]);
});
