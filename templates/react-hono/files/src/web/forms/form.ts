import { type FormEvent, type RefObject, useEffect, useId, useRef, useState } from "react";
import type { z } from "zod";
import { type FieldError, fieldErrors } from "../../shared/problem";
import { ApiError } from "../api/client";

/** What a form holds while it is being filled in: any value may still be missing. */
export type Draft<Input> = { [Name in keyof Input]: Input[Name] | null };

/** One value of a form, as the field components take it. */
export interface Field<Value> {
  id: string;
  value: Value;
  required: boolean;
  error: FieldError | undefined;
  set: (value: Value) => void;
  /** Says that what was chosen cannot even be taken into the form. */
  refuse: (error: Pick<FieldError, "code" | "params">) => void;
}

export interface Form<Input> {
  field: <Name extends keyof Input & string>(name: Name) => Field<Draft<Input>[Name]>;
}

/** The part of a form's state that does not depend on its fields. */
export interface FormState {
  element: RefObject<HTMLFormElement | null>;
  errors: readonly FieldError[];
  /** Those errors that no field can show. */
  placeless: readonly FieldError[];
  /** What made the last save fail, when it was not the values. */
  failure: unknown;
  saving: boolean;
  changed: boolean;
  hasRequired: boolean;
  submit: (event: FormEvent) => void;
}

export type InputSchema<Input> = z.ZodObject & z.ZodType<Input>;

interface FormOptions<Input> {
  schema: InputSchema<Input>;
  initial: Draft<Input>;
  save: (input: Input) => Promise<void>;
}

/** The field that an error belongs to: `tagIds` for `tagIds.0`. */
function fieldOf({ path }: FieldError): string {
  return path.split(".")[0] ?? "";
}

/**
 * Keeps the values and errors of a form.
 *
 * The schema is the one that the server uses. It is asked on submit; from then on a field with an
 * error is asked again at each change, so that the error goes as soon as it is mended. Errors of a
 * 409 or 422 answer are shown at their fields in the same way.
 */
export function useForm<Input>({
  schema,
  initial,
  save,
}: FormOptions<Input>): Form<Input> & FormState {
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState<FieldError[]>([]);
  const [failure, setFailure] = useState<unknown>(null);
  const [saving, setSaving] = useState(false);
  const [changed, setChanged] = useState(false);
  const [refusals, setRefusals] = useState(0);
  const element = useRef<HTMLFormElement>(null);
  const prefix = useId();

  // The wrong fields are marked in the document only after the render that shows the errors.
  useEffect(() => {
    if (refusals > 0) {
      element.current?.querySelector<HTMLElement>("[aria-invalid='true']")?.focus();
    }
  }, [refusals]);

  function refuse(found: FieldError[]) {
    setErrors(found);
    setRefusals((count) => count + 1);
  }

  function check(name: string, value: unknown): FieldError[] {
    const result = schema.shape[name]?.safeParse(value);
    const found = result?.error === undefined ? [] : fieldErrors(result.error, value);
    return found.map((error) => ({ ...error, path: name }));
  }

  function isRequired(name: string): boolean {
    return check(name, null).length > 0 && check(name, []).length > 0;
  }

  function field<Name extends keyof Input & string>(name: Name): Field<Draft<Input>[Name]> {
    const replaceErrors = (found: FieldError[]) =>
      setErrors((current) => [...current.filter((error) => fieldOf(error) !== name), ...found]);
    const error = errors.find((candidate) => fieldOf(candidate) === name);
    return {
      id: `${prefix}-${name}`,
      value: values[name],
      required: isRequired(name),
      error,
      set(value) {
        setValues((current) => ({ ...current, [name]: value }));
        setChanged(true);
        if (error !== undefined) {
          replaceErrors(check(name, value));
        }
      },
      refuse: ({ code, params }) => replaceErrors([{ path: name, message: code, code, params }]),
    };
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (saving) {
      return;
    }
    setFailure(null);
    const result = schema.safeParse(values);
    if (!result.success) {
      refuse(fieldErrors(result.error, values));
      return;
    }
    setErrors([]);
    setSaving(true);
    try {
      await save(result.data);
    } catch (cause) {
      if (cause instanceof ApiError && cause.problem?.errors?.length) {
        refuse(cause.problem.errors);
      } else {
        setFailure(cause);
      }
    } finally {
      setSaving(false);
    }
  }

  const hasRequired = Object.keys(schema.shape).some(isRequired);

  const placeless = errors.filter((error) => !Object.hasOwn(schema.shape, fieldOf(error)));

  return { field, element, errors, placeless, failure, saving, changed, hasRequired, submit };
}
