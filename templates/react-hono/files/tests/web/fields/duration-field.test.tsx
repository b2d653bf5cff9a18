import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { DurationField } from "../../../src/web/forms/duration-field";
import { format } from "../support/language";
import { renderField } from "../support/render-field";

test("a duration is taken as it is typed, and said as it was understood", async () => {
  const state = renderField<string | null>({ value: null }, (field) => (
    <DurationField field={field} label="Span" />
  ));
  await userEvent.type(screen.getByLabelText("Span"), "1:30");
  expect(state.value).toBe("PT1H30M");
  expect(screen.getByText(`= ${format.duration("PT1H30M")}`)).toBeTruthy();
});
