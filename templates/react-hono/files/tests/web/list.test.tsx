import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { fakeApi, problem } from "./support/fake-api";
import { t } from "./support/language";
import { renderApp } from "./support/render-app";
import { ownerEntity, thingRoutes, things } from "./support/things";

function openList(count: number, address = "/things", paging?: "pages" | "infinite-scroll") {
  const api = fakeApi({ rows: { things: things(count) } });
  return { api, user: userEvent.setup(), ...renderApp(address, thingRoutes(paging)) };
}

const shownNames = () => screen.queryAllByRole("rowheader").map((cell) => cell.textContent);

test("a search narrows the list down and is kept in the address", async () => {
  const { user, router } = openList(12);
  await screen.findByRole("link", { name: "Thing 1" });
  await user.type(screen.getByRole("searchbox"), "thing 12");
  await screen.findByText(t("list.count", { count: 1 }));
  expect(shownNames()).toEqual(["Thing 12"]);
  expect(router.state.location.search).toBe("?search=thing+12");
});

test("a search that finds nothing says so and can be taken away", async () => {
  const { user, router } = openList(3, "/things?search=nowhere&sort=size");
  await screen.findByText(t("list.nothing_found"));
  expect(shownNames()).toEqual([]);
  await user.click(screen.getByRole("button", { name: t("list.widen") }));
  await screen.findByRole("link", { name: "Thing 1" });
  expect(router.state.location.search).toBe("?sort=size");
});

test("an empty list says that nothing is there yet", async () => {
  openList(0);
  await screen.findByText(t("list.empty"));
});

test("a heading sorts from the first page on, and turns the order round when pressed again", async () => {
  const { user, api } = openList(15, "/things?page=2");
  const heading = await screen.findByRole("columnheader", { name: t("list.sort") });
  expect(heading.getAttribute("aria-sort")).toBe("descending");
  await user.click(within(heading).getByRole("button"));
  await screen.findByRole("columnheader", { name: t("list.sort") });
  expect(heading.getAttribute("aria-sort")).toBe("ascending");
  await user.click(within(heading).getByRole("button"));
  expect(heading.getAttribute("aria-sort")).toBe("descending");
  expect(api.reads("/things")).toEqual([
    "/things?page=2&pageSize=10",
    "/things?sort=size&page=1&pageSize=10",
    "/things?sort=-size&page=1&pageSize=10",
  ]);
});

test("pages lead from one to the next", async () => {
  const { user } = openList(25);
  const pages = await screen.findByRole("navigation", { name: t("list.pages") });
  expect(shownNames()).toHaveLength(10);
  await user.click(within(pages).getByRole("link", { name: t("list.page", { page: 3 }) }));
  await screen.findByRole("link", { name: "Thing 25" });
  expect(shownNames()).toHaveLength(5);
  expect(within(pages).getByRole("link", { current: "page" }).getAttribute("aria-label")).toBe(
    t("list.page", { page: 3 }),
  );
});

test("an endless list grows on demand until all rows are shown", async () => {
  const { user } = openList(15, "/things", "infinite-scroll");
  await user.click(await screen.findByRole("button", { name: t("list.more") }));
  await screen.findByText(t("list.shown_of", { shown: 15, count: 15 }));
  expect(shownNames()).toHaveLength(15);
  expect(screen.queryByRole("button", { name: t("list.more") })).toBeNull();
});

test("a filter by a relation is named and can be taken away", async () => {
  const api = fakeApi({ rows: { things: things(4), [ownerEntity.path]: [{ id: 1 }] } });
  renderApp("/things?ownerId=1", thingRoutes());
  await screen.findByRole("link", { name: "Thing 2" });
  expect(shownNames()).toEqual(["Thing 2", "Thing 4"]);
  const filter = `${t("nav.menu")}: #1`;
  await screen.findByText(filter);
  await userEvent.click(screen.getByRole("button", { name: t("list.remove_filter", { filter }) }));
  await screen.findByRole("link", { name: "Thing 1" });
  expect(shownNames()).toHaveLength(4);
  expect(api.reads("/things").at(-1)).toBe("/things?page=1&pageSize=10");
});

test("a failure is said and can be tried again", async () => {
  const { api, user } = openList(1);
  api.answer("GET", "/things?page=1&pageSize=10", 400, problem(400, { detail: "Odd" }));
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain(t("failure.other"));
  expect(alert.textContent).toContain("Odd");
  api.answer("GET", "/things?page=1&pageSize=10", 200, {
    items: things(1),
    page: 1,
    pageSize: 10,
    total: 1,
  });
  await user.click(within(alert).getByRole("button", { name: t("action.retry") }));
  await screen.findByRole("link", { name: "Thing 1" });
});

test.each([403, 404] as const)("trying again is not offered after a %i", async (status) => {
  const { api } = openList(1);
  api.answer("GET", "/things?page=1&pageSize=10", status, problem(status));
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toBe(t(`failure.${status}`));
});
