import assert from "node:assert/strict";
import { arriveAt, column, eventually, refusal, station } from "./visit.mjs";

station("deletion: asks first, then the row is gone", { as: "editor" }, async (visit) => {
  const { page } = visit;
  const created = await visit.api.post("/api/tags", { data: { name: "Short-lived" } });
  const { id } = await created.json();
  await page.goto(`/tags/${id}`);
  const dialog = page.getByRole("dialog", { name: /Short-lived/ });

  await page.getByRole("button", { name: "Delete" }).click();
  await dialog.waitFor();
  await visit.picture("delete dialog", { fullPage: false });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "hidden" });
  assert.equal((await visit.api.get(`/api/tags/${id}`)).status(), 200, "cancelling keeps the row");

  await page.getByRole("button", { name: "Delete" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await arriveAt(page, "Tags");
  await page.getByRole("status").filter({ hasText: "Short-lived" }).waitFor();
  await page.getByRole("link", { name: "Handbook" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Short-lived" }).count(), 0);
  assert.equal((await visit.api.get(`/api/tags/${id}`)).status(), 404);
  await visit.picture("deleted");
});

station("deletion: refused while others refer to the row, with links to them", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/authors?search=daniel");
  await page.getByRole("link", { name: "Daniel Okafor" }).click();
  await arriveAt(page, "Daniel Okafor");
  await visit.picture("author detail");
  await page.getByRole("button", { name: "Delete" }).click();
  visit.expectProblem(refusal(409));
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();

  const refused = page.getByRole("dialog", { name: /Daniel Okafor.*was not deleted/ });
  await refused.waitFor();
  const link = refused.getByRole("link", { name: /^Books\b.*: 11\b/ });
  await link.waitFor();
  await visit.picture("delete refused", { fullPage: false });
  await link.click();
  await arriveAt(page, "Books");
  await page.getByRole("button", { name: /Remove the filter Author: Daniel Okafor/ }).waitFor();
  await eventually(async () => assert.equal((await column(page, "Title")).length, 11));
  assert.equal(await page.getByRole("dialog").count(), 0);
});
