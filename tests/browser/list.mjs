import assert from "node:assert/strict";
import { arriveAt, column, eventually, station } from "./visit.mjs";

const numbers = (texts) => texts.filter((text) => text !== "—").map((text) => Number(text.replaceAll(",", "")));
const ascending = (values) => [...values].sort((left, right) => left - right);

station("list: the rows stand in the order that the spec gives", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/");
  await arriveAt(page, "Team library");
  await visit.picture("home");
  await page.getByRole("navigation").getByRole("link", { name: "Books" }).click();
  await arriveAt(page, "Books");
  await page.getByRole("table").waitFor();
  const dates = (await column(page, "Published on")).filter((text) => text !== "—").map((text) => Date.parse(text));
  assert.ok(dates.length >= 12, `${dates.length} dates`);
  assert.deepEqual(dates, ascending(dates).reverse(), "the newest book first");
  await visit.picture("books list");
});

station("list: a search finds, and says when nothing fits", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/books");
  const search = page.getByRole("searchbox");
  await search.pressSequentially("moby");
  await eventually(async () => assert.deepEqual(await column(page, "Title"), ["Moby-Dick"]));
  assert.equal(new URL(page.url()).searchParams.get("search"), "moby");
  await visit.picture("books found");
  await search.fill("zzzz");
  await page.getByText("Nothing fits").waitFor();
  await visit.picture("books nothing found");
  await search.fill("");
  await page.getByRole("link", { name: "Pride and Prejudice" }).waitFor();
});

station("list: a press on a heading sorts, numbers as numbers", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/books");
  const button = page.getByRole("button", { name: "Pages" });
  const header = page.getByRole("columnheader", { name: "Pages" });
  await button.click();
  await eventually(async () => {
    assert.equal(await header.getAttribute("aria-sort"), "ascending");
    const values = numbers(await column(page, "Pages"));
    assert.deepEqual(values.slice(0, 3), [7, 14, 21]);
    assert.deepEqual(values, ascending(values));
  });
  await button.click();
  await eventually(async () => {
    assert.equal(await header.getAttribute("aria-sort"), "descending");
    const values = numbers(await column(page, "Pages"));
    assert.deepEqual(values, ascending(values).reverse());
  });
  await visit.picture("books sorted");
});

station("list: pages are turned, linked to and gone back from", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/books?sort=title");
  await page.getByRole("table").waitFor();
  const first = await column(page, "Title");
  assert.equal(first.length, 20);
  await page.getByRole("link", { name: "Next" }).click();
  const second = await eventually(async () => {
    const titles = await column(page, "Title");
    assert.ok(
      titles.every((title) => !first.includes(title)),
      "other rows than on the first page",
    );
    return titles;
  });
  assert.ok(second.length > 0);
  assert.equal(await page.getByRole("link", { name: "Page 2" }).getAttribute("aria-current"), "page");
  await visit.picture("books second page");
  await page.reload();
  await eventually(async () => assert.deepEqual(await column(page, "Title"), second));
  await page.goBack();
  await eventually(async () => assert.deepEqual(await column(page, "Title"), first));
});

station("list: an endless list grows at its end", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/loans");
  await page.getByRole("table").waitFor();
  await page.getByText(/of 22 shown/).waitFor();
  const before = (await column(page, "Lent on")).length;
  assert.ok(before < 22, `${before} rows at first`);
  await page.mouse.wheel(0, 10_000);
  await eventually(async () => assert.equal((await column(page, "Lent on")).length, 22));
  await visit.picture("loans endless");
});

station("list: a filter is shown and can be taken away", { as: "editor" }, async (visit) => {
  const { page } = visit;
  await page.goto("/books?authorId=2");
  const chip = page.getByRole("button", { name: /Remove the filter Author: Daniel Okafor/ });
  await chip.waitFor();
  await eventually(async () =>
    assert.equal(
      (await column(page, "Author")).every((name) => name === "Daniel Okafor"),
      true,
    ),
  );
  await visit.picture("books filtered");
  await chip.click();
  await page.getByRole("link", { name: "Pride and Prejudice" }).waitFor();
});
