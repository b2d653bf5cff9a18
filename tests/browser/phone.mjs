import assert from "node:assert/strict";
import { arriveAt, phone, settled, station } from "./visit.mjs";

/** What sticks out of the page at the right, if anything does. */
async function assertNoSidewaysScroll(page) {
  const wide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const scrolls = document.documentElement.scrollWidth > width;
    const culprits = [...document.querySelectorAll("body *")].filter(
      (element) => element.getBoundingClientRect().right > width + 1,
    );
    return scrolls ? culprits.slice(-3).map((element) => element.outerHTML.slice(0, 120)) : [];
  });
  assert.deepEqual(wide, [], `nothing sticks out at ${page.viewportSize().width} px on ${page.url()}`);
}

const addresses = [
  "/",
  "/books",
  "/books/1",
  "/books/new",
  "/loans",
  "/authors/2",
  "/users",
  "/password",
  "/no-such-page",
];

station("phone: nothing scrolls sideways at 375 and at 320 px", { as: "admin", viewport: phone }, async (visit) => {
  const { page } = visit;
  for (const width of [375, 320]) {
    await page.setViewportSize({ width, height: 812 });
    for (const address of addresses) {
      await page.goto(address);
      await settled(page);
      await assertNoSidewaysScroll(page);
    }
  }
});

station("phone: the menu opens, leads on and closes", { as: "editor", viewport: phone }, async (visit) => {
  const { page } = visit;
  await page.goto("/");
  await arriveAt(page, "Team library");
  await visit.picture("phone home");
  const menu = page.getByRole("button", { name: "Menu" });
  const navigation = page.getByRole("navigation", { name: "Main navigation" });
  assert.equal(await navigation.isVisible(), false);
  await menu.tap();
  await navigation.waitFor();
  assert.equal(await menu.getAttribute("aria-expanded"), "true");
  await visit.picture("phone menu");
  await navigation.getByRole("link", { name: "Books" }).tap();
  await arriveAt(page, "Books");
  assert.equal(await navigation.isVisible(), false);
});

station("phone: a person signs in, finds, reads, edits", { viewport: phone }, async (visit) => {
  const { page } = visit;
  await page.goto("/books");
  await arriveAt(page, "Sign in");
  await visit.picture("phone sign-in");
  await page.getByLabel("Login").fill("edith");
  await page.getByLabel("Password").fill("second-password-2");
  await page.getByRole("button", { name: "Sign in" }).tap();
  await page.getByRole("link", { name: "Frankenstein" }).waitFor();
  await visit.picture("phone list");
  await page.getByLabel("Order").selectOption("pages");
  await page.getByRole("link", { name: "Spare copy 01" }).waitFor();
  await page.getByRole("searchbox").fill("frank");
  await page.getByRole("link", { name: "Spare copy 01" }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Frankenstein" }).tap();
  await arriveAt(page, "Frankenstein");
  await settled(page);
  await visit.picture("phone detail");
  await page.getByRole("button", { name: "Delete" }).tap();
  await page.getByRole("dialog").waitFor();
  await visit.picture("phone delete dialog", { fullPage: false });
  await page.getByRole("button", { name: "Cancel" }).tap();
  await page.getByRole("link", { name: "Edit", exact: true }).tap();
  await arriveAt(page, /Frankenstein/);
  await page.getByLabel("Pages").fill("280");
  await visit.picture("phone form");
  await page.getByRole("button", { name: "Save" }).tap();
  await page.getByRole("status").filter({ hasText: "Saved" }).waitFor();
});
