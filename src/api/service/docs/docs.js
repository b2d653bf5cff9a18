// Shows openapi.json. Every text of it is set as text, never as markup.
"use strict";

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function table(heads, rows) {
  const made = element("table");
  const head = element("tr");
  for (const text of heads) head.append(element("th", text));
  made.append(head);
  for (const row of rows) {
    const line = element("tr");
    for (const text of row) line.append(element("td", text));
    made.append(line);
  }
  return made;
}

// A schema with what it refers to in place, a few levels deep.
function resolved(schema, schemas, depth) {
  if (!schema || typeof schema !== "object" || depth > 6) return schema;
  if (schema.$ref) return resolved(schemas[schema.$ref.split("/").pop()], schemas, depth + 1);
  if (Array.isArray(schema)) return schema.map((one) => resolved(one, schemas, depth));
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, resolved(value, schemas, depth + 1)]));
}

function showContent(section, title, content, schemas) {
  for (const [type, { schema }] of Object.entries(content || {})) {
    section.append(element("h3", `${title}: ${type}`));
    const details = element("details");
    details.append(element("summary", "schema"), element("pre", JSON.stringify(resolved(schema, schemas, 0), null, 2)));
    section.append(details);
  }
}

function showOperation(method, path, operation, schemas) {
  const section = element("section");
  section.id = operation.operationId;
  const title = element("h2");
  title.append(element("span", method.toUpperCase(), "method"), element("code", path));
  section.append(title);
  if (operation.summary) section.append(element("p", operation.summary));
  if (operation.description) section.append(element("p", operation.description));
  if (operation.parameters?.length) {
    const rows = operation.parameters.map((one) => [one.name, one.in, one.required ? "required" : "", one.description || ""]);
    section.append(element("h3", "Parameters"), table(["name", "in", "", ""], rows));
  }
  showContent(section, "Body", operation.requestBody?.content, schemas);
  section.append(element("h3", "Answers"));
  section.append(table(["status", ""], Object.entries(operation.responses).map(([status, one]) => [status, one.description])));
  for (const [status, one] of Object.entries(operation.responses)) {
    if (status.startsWith("2")) showContent(section, `Answer ${status}`, one.content, schemas);
  }
  return section;
}

async function show() {
  const place = document.getElementById("operations");
  const index = document.getElementById("index");
  try {
    const answer = await fetch("/openapi.json");
    const api = await answer.json();
    const schemas = api.components?.schemas || {};
    place.textContent = "";
    for (const [path, item] of Object.entries(api.paths)) {
      for (const method of ["get", "post", "patch", "delete"]) {
        if (!item[method]) continue;
        const section = showOperation(method, path, item[method], schemas);
        const link = element("a", `${method.toUpperCase()} ${path}`);
        link.href = `#${section.id}`;
        index.append(link);
        place.append(section);
      }
    }
  } catch (error) {
    place.textContent = `The description could not be fetched: ${error}`;
  }
}

show();
