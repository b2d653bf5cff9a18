import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { entities } from "../../src/web/registry";
import { fakeApi, problem } from "./support/fake-api";
import { t } from "./support/language";
import { renderApp } from "./support/render-app";
import { thingRoutes, things } from "./support/things";

async function openDialog() {
  const api = fakeApi({ rows: { things: things(1) } });
  const user = userEvent.setup();
  renderApp("/things/1", thingRoutes());
  await user.click(await screen.findByRole("button", { name: t("action.delete") }));
  return { api, user, dialog: screen.getByRole("dialog") };
}

test("nothing is deleted when the question is answered with no", async () => {
  const { api, user, dialog } = await openDialog();
  await user.click(within(dialog).getByRole("button", { name: t("action.cancel") }));
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(api.writes()).toEqual([]);
});

test("what still refers to the row is named, with a link to it", async () => {
  const { api, user, dialog } = await openDialog();
  const [entity] = entities;
  api.answer(
    "DELETE",
    "/things/1",
    409,
    problem(409, {
      references: [{ entity: entity.name, field: "thingId", label: "Some", count: 3 }],
    }),
  );
  await user.click(within(dialog).getByRole("button", { name: t("action.delete") }));
  const text = t("delete.references", {
    entity: t(entity.many),
    relation: "thingId",
    count: 3,
  });
  const link = await within(dialog).findByRole("link", { name: text });
  expect(link.getAttribute("href")).toBe(`/${entity.path}?thingId=1`);
  expect(within(dialog).queryByRole("button", { name: t("action.delete") })).toBeNull();
});
