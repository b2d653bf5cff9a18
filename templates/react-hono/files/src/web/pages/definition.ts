import type { ComponentType } from "react";
import type { Row } from "../api/rows";
import type { Form, InputSchema } from "../forms/form";
import type { MessageKey } from "../i18n/catalogues";
import type { ChoiceLabels } from "../i18n/labels";
import type { EntityName, RegisteredEntity } from "../registry";
import type { ValueKind } from "../values/kinds";

/** A field as lists and detail pages show it. */
export type ShownField<Item> = {
  name: keyof Item & string;
  label: MessageKey;
} & (
  | { kind: ValueKind | "binary" | "image" }
  | { kind: "enum"; labels: ChoiceLabels }
  | {
      kind: "to-one" | "to-many";
      entity: EntityName;
      /** The list's filter by this relation, such as `authorId`. */
      filter?: string;
    }
);

/** Rows of another entity that refer to the row of a detail page. */
export interface Referrers {
  label: MessageKey;
  entity: EntityName;
  /** Their property that holds the id of the row here, such as `authorId`. */
  reference: string;
  /** Their property that holds the row here, such as `author`. */
  relation: string;
  /** Their property that tells them apart where they go by their ids, such as a date. */
  mark?: { name: string; kind: ValueKind };
  /** Whether no more than one row can refer here. */
  single?: boolean;
}

export interface FormFieldsProps<Item, Input> {
  form: Form<Input>;
  /** The row that is edited; of a new one, at most what it is to refer to. */
  row: Partial<Item>;
}

/** All that the pages of one entity need to know. */
export interface EntityDefinition<Item extends Row, Input> {
  entity: RegisteredEntity;
  schema: InputSchema<Input>;
  fields: readonly ShownField<Item>[];
  list: {
    /** Fields shown as columns after the title, which is the first column. */
    columns: readonly (keyof Item & string)[];
    /** The order that the server gives when none is asked for, such as `-publishedOn`. */
    usualSort: string;
    searchable: boolean;
    paging: "pages" | "infinite-scroll";
    pageSize: number;
  };
  referrers?: readonly Referrers[];
  FormFields: ComponentType<FormFieldsProps<Item, Input>>;
}
