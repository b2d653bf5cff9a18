import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { ToManyField } from "../../src/web/forms/to-many-field";
import { ToOneField } from "../../src/web/forms/to-one-field";
import { I18nProvider } from "../../src/web/i18n/i18n";
import { entities } from "../../src/web/registry";
import { fakeApi } from "./support/fake-api";
import { t } from "./support/language";

const [entity] = entities;
const rows = ["Ada", "Grace", "Alan"].map((name, index) => ({ id: index + 1, name }));

function fieldOf<Value>(value: Value, set: (value: Value) => void) {
  return { id: "field", value, set, required: false, error: undefined, refuse: () => {} };
}

function OnePicker() {
  const [value, setValue] = useState<number | null>(2);
  return (
    <>
      <ToOneField
        field={fieldOf(value, setValue)}
        label="Person"
        entity={entity.name}
        selected={{ id: 2, label: "Grace" }}
      />
      <output>{JSON.stringify(value)}</output>
    </>
  );
}

function ManyPicker() {
  const [value, setValue] = useState<number[] | null>([2]);
  return (
    <>
      <ToManyField
        field={fieldOf(value, setValue)}
        label="People"
        entity={entity.name}
        selected={[{ id: 2, label: "Grace" }]}
      />
      <output>{JSON.stringify(value)}</output>
    </>
  );
}

function open(picker: React.ReactNode) {
  fakeApi({ rows: { [entity.path]: rows } });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <I18nProvider>{picker}</I18nProvider>
    </QueryClientProvider>,
  );
  return userEvent.setup();
}

const box = () => screen.getByRole<HTMLInputElement>("combobox");
const chosen = () => JSON.parse(document.querySelector("output")?.textContent ?? "");

test("a search and the arrow keys pick another row", async () => {
  const user = open(<OnePicker />);
  expect(box().value).toBe("Grace");
  await user.clear(box());
  await user.type(box(), "a");
  await screen.findByRole("option", { name: "Alan" });
  await user.keyboard("{ArrowDown}{ArrowDown}");
  const active = screen.getByRole("option", { selected: true });
  expect(active.textContent).toBe("Alan");
  expect(box().getAttribute("aria-activedescendant")).toBe(active.id);
  await user.keyboard("{Enter}");
  expect(chosen()).toBe(3);
  expect(box().value).toBe("Alan");
  expect(screen.queryByRole("listbox")).toBeNull();
});

test("Escape closes the list and leaves the choice as it was", async () => {
  const user = open(<OnePicker />);
  await user.click(box());
  await screen.findByRole("option", { name: "Ada" });
  await user.keyboard("{Escape}");
  expect(screen.queryByRole("listbox")).toBeNull();
  expect(chosen()).toBe(2);
});

test("a choice can be taken back", async () => {
  const user = open(<OnePicker />);
  await user.click(screen.getByRole("button", { name: t("picker.clear", { label: "Person" }) }));
  expect(chosen()).toBeNull();
  expect(box().value).toBe("");
  expect(document.activeElement).toBe(box());
});

test("a search without a hit says so", async () => {
  const user = open(<OnePicker />);
  await user.clear(box());
  await user.type(box(), "nobody");
  await screen.findByText(t("picker.empty"));
});

test("several rows are picked one after another and taken away again", async () => {
  const user = open(<ManyPicker />);
  await user.click(box());
  await user.click(await screen.findByRole("option", { name: "Ada" }));
  expect(chosen()).toEqual([2, 1]);
  await user.click(box());
  await screen.findByRole("option", { name: "Alan" });
  expect(screen.queryByRole("option", { name: "Grace" })).toBeNull();
  const chips = screen.getByRole("list", { name: "People" });
  await user.click(
    within(chips).getByRole("button", { name: t("picker.remove", { label: "Grace" }) }),
  );
  expect(chosen()).toEqual([1]);
});
