import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { fakeApi } from "./support/fake-api";
import { format, t } from "./support/language";
import { renderApp } from "./support/render-app";
import { ownerEntity, thingRoutes, things } from "./support/things";

test("rows that refer here are told apart by their mark and by what else they refer to", async () => {
  const owner = {
    id: 5,
    day: "2026-01-15",
    thingId: 1,
    thing: { id: 1, label: "Thing 1" },
    other: { id: 9, label: "Ninth" },
  };
  fakeApi({ rows: { things: things(1), [ownerEntity.path]: [owner] } });
  renderApp("/things/1", thingRoutes());
  const section = await screen.findByRole("region", { name: t("nav.main") });
  await within(section).findByText("Ninth");
  within(section).getByText(format.date("2026-01-15"));
  expect(within(section).queryByText("Thing 1")).toBeNull();
});

test("the way back from a form leads to the list and to the row", async () => {
  fakeApi({ rows: { things: things(1) } });
  renderApp("/things/1/edit", thingRoutes());
  const way = await screen.findByRole("navigation", { name: t("nav.breadcrumb") });
  const links = within(way).getAllByRole("link");
  expect(links.map((link) => link.getAttribute("href"))).toEqual(["/things", "/things/1"]);
});
