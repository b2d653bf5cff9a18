import assert from "node:assert/strict";
import { axeSource } from "./packages.mjs";
import { arriveAt, phone, settled, station } from "./visit.mjs";

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Fails on each serious or critical violation that axe finds in the page as it stands. */
async function assertAccessible(page, name) {
  const { violations, passes } = await page.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] }),
    rules,
  );
  assert.ok(passes.length > 10, `axe has looked at ${name}`);
  const grave = violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
  assert.deepEqual(grave, [], name);
}

async function visitAll({ page, context }) {
  await context.addInitScript({ content: axeSource });
  await page.goto("/");
  await arriveAt(page, "Team library");
  await assertAccessible(page, "home");
  await page.goto("/books?search=e&authorId=2");
  await page.getByRole("table").waitFor();
  await settled(page);
  await assertAccessible(page, "list");
  await page.goto("/books/1");
  await page.getByRole("heading", { name: "Loans" }).waitFor();
  await settled(page);
  await assertAccessible(page, "detail");
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").waitFor();
  await assertAccessible(page, "dialog");
  await page.goto("/books/new");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").filter({ hasText: "attention" }).waitFor();
  await assertAccessible(page, "form with errors");
  await page.getByRole("combobox", { name: "Tags" }).click();
  await page.getByRole("listbox").getByRole("option").first().click();
  await page.getByRole("combobox", { name: "Author" }).click();
  await page.getByRole("listbox").getByRole("option").first().waitFor();
  await assertAccessible(page, "form with an open picker");
}

for (const theme of ["light", "dark"]) {
  station(`accessibility: sign-in, ${theme}`, { theme }, async ({ page, context }) => {
    await context.addInitScript({ content: axeSource });
    await page.goto("/sign-in");
    await arriveAt(page, "Sign in");
    await assertAccessible(page, "sign-in");
    await page.getByRole("button", { name: "Sign in" }).last().click();
    await page.locator("[aria-invalid=true]").first().waitFor();
    await assertAccessible(page, "sign-in with errors");
  });
  station(`accessibility: home, list, detail, dialog and form, ${theme}`, { as: "editor", theme }, visitAll);
  station(`accessibility: the same on a phone, ${theme}`, { as: "editor", theme, viewport: phone }, visitAll);
}
