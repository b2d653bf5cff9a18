import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { ToManyField } from "../../src/web/forms/to-many-field";
import { ToOneField } from "../../src/web/forms/to-one-field";
import { entities } from "../../src/web/registry";
import { fakeApi } from "./support/fake-api";
import { t } from "./support/language";
import { renderField } from "./support/render-field";

const [entity] = entities;
const rows = ["Ada", "Grace", "Alan"].map((name, index) => ({ id: index + 1, name }));

function openOne() {
  fakeApi({ rows: { [entity.path]: rows } });
  return renderField<number | null>({ value: 2 }, (field) => (
    <ToOneField
      field={field}
      label="Person"
      entity={entity.name}
      selected={{ id: 2, label: "Grace" }}
    />
  ));
}

function openMany() {
  fakeApi({ rows: { [entity.path]: rows } });
  return renderField<number[] | null>({ value: [2] }, (field) => (
    <ToManyField
      field={field}
      label="People"
      entity={entity.name}
      selected={[{ id: 2, label: "Grace" }]}
    />
  ));
}

const box = () => screen.getByRole<HTMLInputElement>("combobox");

test("a search and the arrow keys pick another row", async () => {
  const state = openOne();
  expect(box().value).toBe("Grace");
  await userEvent.clear(box());
  await userEvent.type(box(), "a");
  await screen.findByRole("option", { name: "Alan" });
  await userEvent.keyboard("{ArrowDown}{ArrowDown}");
  const active = screen.getByRole("option", { selected: true });
  expect(active.textContent).toBe("Alan");
  expect(box().getAttribute("aria-activedescendant")).toBe(active.id);
  await userEvent.keyboard("{Enter}");
  expect(state.value).toBe(3);
  expect(box().value).toBe("Alan");
  expect(screen.queryByRole("listbox")).toBeNull();
});

test("Escape closes the list and leaves the choice as it was", async () => {
  const state = openOne();
  await userEvent.click(box());
  await screen.findByRole("option", { name: "Ada" });
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByRole("listbox")).toBeNull();
  expect(state.value).toBe(2);
});

test("a choice can be taken back", async () => {
  const state = openOne();
  await userEvent.click(
    screen.getByRole("button", { name: t("picker.clear", { label: "Person" }) }),
  );
  expect(state.value).toBeNull();
  expect(box().value).toBe("");
  expect(document.activeElement).toBe(box());
});

test("a search without a hit says so", async () => {
  openOne();
  await userEvent.clear(box());
  await userEvent.type(box(), "nobody");
  await screen.findByText(t("picker.empty"));
});

test("several rows are picked one after another and taken away again", async () => {
  const state = openMany();
  await userEvent.click(box());
  await userEvent.click(await screen.findByRole("option", { name: "Ada" }));
  expect(state.value).toEqual([2, 1]);
  await userEvent.click(box());
  await screen.findByRole("option", { name: "Alan" });
  expect(screen.queryByRole("option", { name: "Grace" })).toBeNull();
  const chips = screen.getByRole("list", { name: "People" });
  await userEvent.click(
    within(chips).getByRole("button", { name: t("picker.remove", { label: "Grace" }) }),
  );
  expect(state.value).toEqual([1]);
});
