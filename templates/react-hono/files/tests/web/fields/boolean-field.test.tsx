import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { BooleanField } from "../../../src/web/forms/boolean-field";
import { t } from "../support/language";
import { renderField } from "../support/render-field";

function open(value: boolean | null, required: boolean) {
  return renderField({ value, required }, (field) => <BooleanField field={field} label="Agreed" />);
}

test("an answer that is known from the start is a box to tick", async () => {
  const state = open(false, true);
  await userEvent.click(screen.getByRole("checkbox", { name: "Agreed" }));
  expect(state.value).toBe(true);
});

test("an answer that may be missing is a choice", async () => {
  const state = open(null, false);
  const choice = screen.getByRole("combobox", { name: "Agreed" });
  await userEvent.selectOptions(choice, t("value.no"));
  expect(state.value).toBe(false);
  await userEvent.selectOptions(choice, t("form.no_choice"));
  expect(state.value).toBeNull();
});
