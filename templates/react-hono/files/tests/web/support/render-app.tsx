import { render } from "@testing-library/react";
import { createMemoryRouter, type RouteObject } from "react-router";
import { App } from "../../../src/web/app";
import { routes } from "../../../src/web/routes";

/** Opens the application, or a part of it, at an address. */
export function renderApp(address: string, shown: RouteObject[] = routes) {
  const router = createMemoryRouter(shown, { initialEntries: [address] });
  const { container } = render(<App router={router} />);

  return {
    router,
    /** The control of a form's field. */
    control(name: string): HTMLInputElement {
      const element = container.querySelector<HTMLInputElement>(`[id$="-${name}"]`);
      if (element === null) {
        throw new Error(`the form has no field ${name}`);
      }
      return element;
    },
  };
}
