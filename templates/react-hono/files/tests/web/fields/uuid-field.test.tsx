import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { UuidField } from "../../../src/web/forms/uuid-field";
import { t } from "../support/language";
import { renderField } from "../support/render-field";

test("a press makes a new UUID each time", async () => {
  const state = renderField<string | null>({ value: null }, (field) => (
    <UuidField field={field} label="Key" />
  ));
  const generate = screen.getByRole("button", { name: t("form.generate") });
  const made = new Set<string | null>();
  for (let press = 0; press < 3; press++) {
    await userEvent.click(generate);
    expect(state.value).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    made.add(state.value);
  }
  expect(made.size).toBe(3);
});
