import { fireEvent, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { DateTimeField } from "../../../src/web/forms/date-time-field";
import { renderField } from "../support/render-field";

test("an instant is shown in local time and kept in UTC", () => {
  const earlier = new Date(2026, 0, 10, 8, 5);
  const later = new Date(2026, 6, 11, 9, 30);
  const state = renderField<string | null>({ value: earlier.toISOString() }, (field) => (
    <DateTimeField field={field} label="Moment" />
  ));
  const control = screen.getByLabelText<HTMLInputElement>("Moment");
  expect(control.value).toBe("2026-01-10T08:05");
  fireEvent.change(control, { target: { value: "2026-07-11T09:30" } });
  expect(state.value).toBe(later.toISOString());
  fireEvent.change(control, { target: { value: "" } });
  expect(state.value).toBeNull();
});
