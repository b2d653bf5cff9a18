import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { type ReactNode, useState } from "react";
import type { Field } from "../../../src/web/forms/form";
import { I18nProvider } from "../../../src/web/i18n/i18n";

interface FieldOptions<Value> {
  value: Value;
  required?: boolean;
}

/** Renders one field of a form and tells what the form would hold. */
export function renderField<Value>(
  { value: initial, required = false }: FieldOptions<Value>,
  show: (field: Field<Value>) => ReactNode,
) {
  const state = { value: initial, refusals: [] as string[] };

  function Holder() {
    const [value, set] = useState(initial);
    state.value = value;
    return show({
      id: "field",
      value,
      set,
      required,
      error: undefined,
      refuse: ({ code }) => state.refusals.push(code),
    });
  }

  render(
    <QueryClientProvider client={new QueryClient()}>
      <I18nProvider>
        <Holder />
      </I18nProvider>
    </QueryClientProvider>,
  );
  return state;
}
