// What may stand in a floor plan, and QR codes beside those of another encoder.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { isAllowedAttribute, isAllowedElement, withOwnIds } from "../assets/console/map/allow.js";
import { qrModules, qrPath } from "../assets/console/map/qr.js";

test("elements that run or lead away are not allowed", () => {
  for (const name of ["script", "symbol", "pattern", "marker", "foreignObject", "image", "use", "a", "style", "animate", "set", "iframe", "audio", "video", "switch", "feImage", "SCRIPT", "Script", "handler", ""]) assert.ok(!isAllowedElement(name), name);
  for (const name of ["svg", "g", "path", "rect", "text", "tspan", "polygon", "linearGradient", "clipPath"]) assert.ok(isAllowedElement(name), name);
});

test("attributes that run or lead away are not allowed", () => {
  const check = (name, value, expect) => assert.equal(isAllowedAttribute(name, value), expect, `${name}="${value}"`);
  for (const name of ["onclick", "onload", "ONLOAD", "href", "xlink:href", "style", "src", "begin", "from", "to", "values", "attributeName", "filter", "mask", "tabindex"]) check(name, "x", false);
  check("fill", "#c3c8cd", true);
  check("fill", "url(#steel)", true);
  check("fill", "url( '#steel' )", true);
  check("fill", "url(#steel) none", true);
  check("fill", "url(https://elsewhere.example/x#a)", false);
  check("fill", "url(//elsewhere.example/x)", false);
  check("fill", "url(data:image/svg+xml,x)", false);
  check("fill", "U\\RL(#a)url(x)", false);
  check("clip-path", "url(#a) url(x)", false);
  check("fill", "javascript:alert(1)", false);
  check("fill", "java\nscript:alert(1)", false);
  check("font-family", "x; @import 'y'", false);
  check("d", "M0 0H10V10Z", true);
  check("d", "M".repeat((1 << 20) + 1), false);
  check("data-rackward", "lon1/hall-a/r07", true);
  check("data-face", "rear", true);
  check("data-other", "x", false);
  check("transform", "matrix(1 0 0 1 5 5)", true);
});

test("ids of a plan are none of the page's", () => {
  assert.equal(withOwnIds("id", "pane"), "plan-pane");
  assert.equal(withOwnIds("fill", "url( '#steel' ) none"), "url(#plan-steel) none");
  assert.equal(withOwnIds("clip-path", "url(#a)"), "url(#plan-a)");
  assert.equal(withOwnIds("data-rackward", "lon1/hall-a"), "lon1/hall-a");
});

// From an independent encoder: byte mode, level M, the mask given.
const LON1 = `
111111101001101111111
100000101110001000001
101110100101001011101
101110101110101011101
101110100010001011101
100000100000001000001
111111101010101111111
000000001100000000000
101101110110001001011
010111011100100101001
110101100100111110111
001010000110110001010
001111101001010010011
000000001110010100100
111111101010011010100
100000101001111000100
101110100111001000111
101110101100010010010
101110101001010011100
100000100011101011001
111111101111100100000`.trim();

const rowsOf = (modules) => modules.map((row) => row.map(Number).join("")).join("\n");

test("codes are those of another encoder", () => {
  assert.equal(rowsOf(qrModules("lon1", 3)), LON1);
  const check = (text, mask, side, digest) => {
    const modules = qrModules(text, mask);
    assert.equal(modules.length, side, text.slice(0, 20));
    assert.equal(createHash("sha256").update(rowsOf(modules)).digest("hex"), digest, text.slice(0, 20));
  };
  check("https://rackward.lon1.example/racks/lon1/hall-a/r07/c03", 5, 33, "70b279de83b6c22e62c837295cffd8d7ccbe4f6ca6a4f04da6a66d61c6f0b7bb");
  check("x".repeat(200), 1, 57, "f1d915a92d671e6907ea313afbaac0ab35a6c92dfec1f50f3eae1c35ba97c316");
  check("y".repeat(700), 6, 101, "ea4e9af6ef04808771311425af68a8f466a8695a5bb407920760a2e72690ac51");
  check("z".repeat(2000), 2, 169, "9613fbdf60c245fc1092d44d4c4cb370e84b99f7f9d440bcdceaf2df447481e5");
});

test("a text that no code holds has none, and a code has its quiet zone", () => {
  assert.equal(qrModules("x".repeat(2332)), null);
  assert.equal(qrModules("x".repeat(2331)).length, 177);
  const { side, d } = qrPath("lon1");
  assert.equal(side, 21 + 8);
  assert.ok(d.startsWith("M4,4h1v1h-1z"));
});
