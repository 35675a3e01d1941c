import { test } from "uvu";
import * as assert from "uvu/assert";
import { askedHeading, heading, headingKey, separate } from "../../../../lib/search/boolean/vocabulary/headings";

test("a star on a heading or on its qualifier makes it a major topic", () => {
  assert.equal(heading("Heart/*physiology"), { name: "Heart", qualifier: "physiology", major: true });
  assert.equal(heading("*Heart"), { name: "Heart", qualifier: "", major: true });
  assert.equal(heading("Heart"), { name: "Heart", qualifier: "", major: false });
});

test("a heading is found with and without its qualifier, which may be a code, or have & or and", () => {
  assert.is(headingKey("Heart Diseases/drug therapy"), "heart diseases / drug therapy");
  assert.is(headingKey("Heart Diseases/DT"), "heart diseases / drug therapy");
  assert.is(headingKey("Asthma/prevention and control"), headingKey("Asthma/prevention & control"));
  assert.is(headingKey("Humans/"), "humans");
  assert.is(headingKey("Power (Psychology)/ethics"), "power psychology / ethics");
});

test("a query may name several qualifiers, by code or by name", () => {
  assert.equal(askedHeading("Asthma/di, dt"), {
    name: "Asthma",
    qualifiers: ["diagnosis", "drug therapy"],
    known: true,
  });
  assert.equal(askedHeading("Vertigo /rehabilitation").qualifiers, ["rehabilitation"]);
  assert.equal(askedHeading("HIV/AIDS"), { name: "HIV", qualifiers: ["aids"], known: false });
  assert.equal(askedHeading("Asthma"), { name: "Asthma", qualifiers: [], known: true });
});

test("a heading written with several qualifiers is one for each", () => {
  assert.equal(separate("Heart/drug effects/*physiology"), ["Heart/drug effects", "Heart/*physiology"]);
  assert.equal(separate("Heart/physiology"), ["Heart/physiology"]);
});

test.run();
