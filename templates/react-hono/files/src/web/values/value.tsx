import { Link } from "react-router";
import type { Option } from "../../shared/fields";
import type { Row } from "../api/rows";
import { useI18n } from "../i18n/i18n";
import { choiceLabel } from "../i18n/labels";
import type { ShownField } from "../pages/definition";
import { type EntityName, entityNamed } from "../registry";
import { valueText } from "./value-text";

/** A file as rows show it; its content has an address of its own. */
interface StoredFile {
  name: string;
  sizeBytes: number;
}

interface ValueProps<Item extends Row> {
  field: ShownField<Item>;
  row: Item;
  /** The API path of the row's entity, which its files are fetched from. */
  path: string;
}

/** Shows one value of a row in the form that fits its kind. */
export function Value<Item extends Row>({ field, row, path }: ValueProps<Item>) {
  const { t, format } = useI18n();
  const value: unknown = row[field.name];

  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) {
    return <span className="no-value">—</span>;
  }
  switch (field.kind) {
    case "to-one":
      return <RowLink entity={field.entity} option={value as Option} />;
    case "to-many":
      return (
        <ul className="value-list">
          {(value as Option[]).map((option) => (
            <li key={option.id}>
              <RowLink entity={field.entity} option={option} />
            </li>
          ))}
        </ul>
      );
    case "enum":
      return <span className="badge">{choiceLabel(t, field.labels, String(value))}</span>;
    case "binary": {
      const file = value as StoredFile;
      return (
        <a href={`/api/${path}/${row.id}/${field.name}`} download={file.name}>
          {file.name} ({format.bytes(file.sizeBytes)})
        </a>
      );
    }
    case "image": {
      const file = value as StoredFile;
      return (
        <a href={`/api/${path}/${row.id}/${field.name}`} download={file.name}>
          <img
            className="thumbnail"
            src={`/api/${path}/${row.id}/${field.name}`}
            alt={file.name}
            loading="lazy"
          />
        </a>
      );
    }
    case "email":
      return <a href={`mailto:${value}`}>{String(value)}</a>;
    case "url":
      return (
        <a href={String(value)} rel="noopener noreferrer" target="_blank">
          {String(value)}
        </a>
      );
    case "text":
      return <span className="long-text">{String(value)}</span>;
    case "uuid":
      return <code>{String(value)}</code>;
    default:
      return valueText(field.kind, value, t, format);
  }
}

function RowLink({ entity, option }: { entity: EntityName; option: Option }) {
  return <Link to={`/${entityNamed(entity).path}/${option.id}`}>{option.label}</Link>;
}
