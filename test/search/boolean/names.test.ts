import { test } from "uvu";
import * as assert from "uvu/assert";
import { authorKey, heading, headingKey } from "../../../lib/search/boolean/names";

test("an author is surname then initials, however the record writes it", () => {
  for (const name of ["Kon E", "Elizaveta Kon", "Kon, Elizaveta", "E Kon"]) assert.is(authorKey(name), "kon e", name);
  assert.is(authorKey("Jay R. Ebert"), "ebert jr");
  assert.is(authorKey("van der Berg JA"), "van der berg ja");
});

test("a star on a heading or on its qualifier makes it a major topic", () => {
  assert.equal(heading("Heart/*physiology"), { name: "Heart", qualifier: "physiology", major: true });
  assert.equal(heading("*Heart"), { name: "Heart", qualifier: "", major: true });
  assert.equal(heading("Heart"), { name: "Heart", qualifier: "", major: false });
});

test("a heading is found with and without its qualifier", () => {
  assert.is(headingKey("Heart Diseases/drug therapy"), "heart diseases / drug therapy");
  assert.is(headingKey("Humans/"), "humans");
});

test.run();
