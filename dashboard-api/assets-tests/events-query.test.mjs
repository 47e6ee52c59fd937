// Tests of how a query is cut, completed and changed (events/query.js).

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  completed,
  marked,
  mistakes,
  namesTime,
  standing,
  terms,
  unitOf,
  withValue,
  withoutTimes,
  withoutValue,
  wordAt,
} from "../assets/console/events/query.js";

test("terms are cut at spaces outside of quotation marks", () => {
  const check = (text, expect) =>
    assert.deepEqual(
      terms(text).map((term) => [term.text, term.negated, term.field, term.values]),
      expect,
      text,
    );
  check("", []);
  check("  type:a  -by:system ", [
    ["type:a", false, "type", ["a"]],
    ["-by:system", true, "by", ["system"]],
  ]);
  check('"lost card" x', [
    ['"lost card"', false, null, []],
    ["x", false, null, []],
  ]);
  check('from:"today 14:00",b', [['from:"today 14:00",b', false, "from", ["today 14:00", "b"]]]);
  check('reason:"a \\" b:c"', [['reason:"a \\" b:c"', false, "reason", ['a " b:c']]]);
  check('"a:b"', [['"a:b"', false, null, []]]);
  check('reason:"never closed', [['reason:"never closed', false, "reason", ["never closed"]]]);
  check("during:18:00-07:30", [["during:18:00-07:30", false, "during", ["18:00-07:30"]]]);
});

test("values are added as alternatives, turned round, and taken out", () => {
  const check = (got, expect) => assert.equal(got, expect);
  check(withValue("", "type", "access.denied"), "type:access.denied");
  check(withValue("lost type:a", "type", "b"), "lost type:a,b");
  check(withValue("type:a door:x/*", "type", "b"), "type:a,b door:x/*");
  check(withValue("type:a", "type", "a"), "type:a");
  check(withValue("type:a,b", "type", "a", true), "type:b -type:a");
  check(withValue("-type:a", "type", "a"), "type:a");
  check(withValue("", "reason", "lost card, again"), 'reason:"lost card, again"');
  check(withValue('reason:"x y"', "reason", "z*"), 'reason:"x y","z*"');
  check(withoutValue("type:a,b p-7", "type", "a"), "type:b p-7");
  check(withoutValue("type:a p-7", "type", "a"), "p-7");
  check(withoutValue("-type:a", "type", "a"), "");
  check(withoutTimes("from:-2h lost to:now type:a"), "lost type:a");
  assert.equal(namesTime("lost from:-2h"), true);
  assert.equal(namesTime("lost during:night"), false);
  assert.deepEqual(
    ["a", "b", "c"].map((value) => standing("type:a -type:b", "type", value)),
    ["with", "without", null],
  );
});

test("what was changed is cut into the same values again", () => {
  for (const value of ["a b", 'a"b', "a,b", "a\\b", "x*", ":", "-a", "Ünï code 🔑"]) {
    const text = withValue("forced type:a", "reason", value);
    assert.deepEqual(terms(text).at(-1).values, [value], text);
    assert.equal(withoutValue(text, "reason", value), "forced type:a");
  }
});

test("the word at the caret is a field or a value", () => {
  const check = (text, expect) => {
    const caret = text.indexOf("|");
    const word = wordAt(text.replace("|", ""), caret);
    assert.deepEqual(word && [word.kind, word.field, word.part], expect, text);
  };
  check("|", ["field", null, ""]);
  check("ty|", ["field", null, "ty"]);
  check("-ty|", ["field", null, "ty"]);
  check("a ty|pe", ["field", null, "ty"]);
  check("type:acc|", ["value", "type", "acc"]);
  check("type:a,b|", ["value", "type", "b"]);
  check("ty|pe:a", ["field", null, "ty"]);
  check('"lost c|', null);
  check('reason:"lost c|', ["value", "reason", "lost c"]);
  check("type:a |", ["field", null, ""]);
});

test("a completion replaces the word and leaves the rest", () => {
  const check = (text, choice, expect) => {
    const caret = text.indexOf("|");
    const bare = text.replace("|", "");
    const done = completed(bare, wordAt(bare, caret), choice);
    assert.equal(`${done.text.slice(0, done.caret)}|${done.text.slice(done.caret)}`, expect);
  };
  check("ty|", "type", "type:|");
  check("x ty| y", "type", "x type:| y");
  check("type:acc|", "access.denied", "type:access.denied |");
  check("type:acc| y", "access.denied", "type:access.denied| y");
  check("type:a,b| y", "c d", 'type:a,"c d"| y');
});

test("the server's mistakes are found again in the text", () => {
  const problem = {
    errors: [
      { pointer: "?filter", detail: 'column 4: no field is called "foo"; there is type' },
      { pointer: "?from", detail: "is no time" },
      { pointer: "?limit", detail: "x" },
    ],
  };
  assert.deepEqual(
    mistakes(problem).map((one) => [one.parameter, one.column, one.words]),
    [
      ["filter", 4, 'no field is called "foo"; there is type'],
      ["from", null, "is no time"],
    ],
  );
  assert.deepEqual(marked("ab foo:1 c", [4]), [
    { text: "ab ", wrong: false },
    { text: "foo:1", wrong: true },
    { text: " c", wrong: false },
  ]);
  assert.deepEqual(marked("ab foo:1", [3]).at(-1), { text: "foo:1", wrong: true });
  // Columns count characters, strings count units.
  assert.deepEqual(marked("🔑 foo:1", [3]).at(-1), { text: "foo:1", wrong: true });
  assert.equal(unitOf("🔑 foo:1", 3), 3);
  assert.deepEqual(marked("ab", [9]), [{ text: "ab", wrong: false }]);
});
